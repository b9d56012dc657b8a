#pragma once

#include <vector>

#include "backend/operations.h"

namespace psilon {

enum class NetworkKind { Mlp, ResNet };
template <>
inline constexpr auto kWords<NetworkKind> =
    std::to_array<Word<NetworkKind>>({{"mlp", NetworkKind::Mlp}, {"resnet", NetworkKind::ResNet}});

/// Configuration of a network.
struct NetworkConfig {
  NetworkKind kind = NetworkKind::Mlp;
  Index inputs = 0;
  std::vector<Index> hidden;  // widths of layers 0 .. depth-1
  Index outputs = 0;
  Normalization normalization = Normalization::L1;
  std::vector<bool> shared_length;  // for layers 0 .. depth-1; the last layer has a length per row
  bool pruned = false;              // the zeros of v are a support that training keeps

  int depth() const { return static_cast<int>(hidden.size()); }

  /// visit(name in JavaScript, field) for each.
  template <typename Self, typename Visit>
  static void fields(Self& self, const Visit& visit) {
    visit("kind", self.kind);
    visit("inputs", self.inputs);
    visit("hidden", self.hidden);
    visit("outputs", self.outputs);
    visit("normalization", self.normalization);
    visit("sharedLength", self.shared_length);
    visit("pruned", self.pruned);
  }
};

/// (1 - reg_weight) loss + reg_weight lambda regularizer
struct ObjectiveConfig {
  Loss loss = Loss::Mse;
  Regularizer regularizer = Regularizer::Path;
  double lambda = 0;
  double reg_weight = 0.5;

  template <typename Self, typename Visit>
  static void fields(Self& self, const Visit& visit) {
    visit("loss", self.loss);
    visit("regularizer", self.regularizer);
    visit("lambda", self.lambda);
    visit("regWeight", self.reg_weight);
  }
};

}  // namespace psilon
