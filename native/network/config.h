#pragma once

#include <vector>

#include "backend/operations.h"

namespace psilon {

enum class NetworkKind { Mlp, ResNet };
/// Path is the 1-path-norm of an mlp and the original bound of a resnet; PathImproved its improved bound.
enum class Regularizer { Path, PathImproved, L2, None };

/// What a network is.
struct NetworkConfig {
  NetworkKind kind = NetworkKind::Mlp;
  Index inputs = 0;
  std::vector<Index> hidden;  // widths of layers 0 .. depth-1
  Index outputs = 0;
  Normalization normalization = Normalization::L1;
  std::vector<bool> shared_length;  // for layers 0 .. depth-1; the last layer has a length per row
  bool pruned = false;              // the zeros of v are a support that training keeps

  int depth() const { return static_cast<int>(hidden.size()); }
};

/// (1 - reg_weight) loss + reg_weight lambda regularizer
struct ObjectiveConfig {
  Loss loss = Loss::Mse;
  Regularizer regularizer = Regularizer::Path;
  double lambda = 0;
  double reg_weight = 0.5;
};

}  // namespace psilon
