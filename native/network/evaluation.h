#pragma once

#include <vector>

#include "network/certificates.h"
#include "network/objective.h"

namespace psilon {

/// Every quantity of the method for one network and one batch. Vectors of parameters follow the network's layout.
template <typename T>
struct Evaluation {
  std::vector<T> outputs;
  double loss, penalty, objective;
  std::vector<T> loss_gradient, penalty_gradient, gradient;
  std::vector<T> weights;                    // W in the places of v
  std::vector<double> output_path_norms[3];  // by Bound
  double near_sparsity;
  Certificates certificates;
  double projected_sparsity;               // what follows: not of plain networks
  std::vector<T> projection;               // p in the places of v
  std::vector<std::vector<T>> thresholds;  // tau of each layer
};

/// x [n, inputs], y as in Batch, weights empty or [n]; all on the host.
template <typename T>
struct HostBatch {
  Index rows;
  const std::vector<T>& x;
  const std::vector<T>& y;
  const std::vector<T>& weights;
};

template <typename T>
Evaluation<T> evaluate(Backend<T>& backend, const Model<T>& model, const HostBatch<T>& batch,
                       const ObjectiveConfig& config, T alpha);

}  // namespace psilon
