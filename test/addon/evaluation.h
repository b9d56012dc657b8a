#pragma once

#include <vector>

#include "network/objective.h"

namespace psilon {

/// Every quantity of the method for one network and one batch. Vectors of parameters follow the network's layout.
template <typename T>
struct Evaluation {
  HostVector<T> outputs;
  double loss, regularizer, objective;
  HostVector<T> loss_gradient, regularizer_gradient, gradient;
  HostVector<T> weights;                               // W in the places of v
  std::vector<std::vector<double>> output_path_norms;  // of each bound, as in kWords
  double near_sparsity;
  std::vector<double> certified_radii;
  double projected_sparsity;              // what follows: not of plain networks
  HostVector<T> projection;               // p in the places of v
  std::vector<HostVector<T>> thresholds;  // tau of each layer
};

/// x [n, inputs], y as in Batch, weights empty or [n]; all on the host.
template <typename T>
struct HostBatch {
  Index rows;
  const HostVector<T>& x;
  const HostVector<T>& y;
  const HostVector<T>& weights;
};

template <typename T>
Evaluation<T> evaluate(Backend<T>& backend, const Model<T>& model, const HostBatch<T>& batch,
                       const ObjectiveConfig& config, T alpha);

}  // namespace psilon
