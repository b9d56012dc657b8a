#pragma once

#include <vector>

#include "network/parameters.h"

namespace psilon {

/// f = (1/K) sum_k f_k, the mean of K networks with the same inputs and outputs. A bound on the slope of each f_k,
/// averaged over k, bounds the slope of f.

/// f [n, outputs] from every f_k [n, outputs]. Each is divided before it is added, so that the sum does not overflow.
template <typename T>
std::vector<double> mean_outputs(const std::vector<HostVector<T>>& members);

/// Bounds of f from those of every f_k.
std::vector<double> mean_bounds(const std::vector<std::vector<double>>& members);

struct PathNorms {
  std::vector<double> outputs;  // a bound on the Lipschitz constant of each output (l-infinity on the inputs)
  double sum;                   // the path norm
  double max;                   // a Lipschitz constant from l-infinity to l-infinity
};

/// Path norms of f from those of the outputs of every f_k.
PathNorms mean_path_norms(const std::vector<std::vector<double>>& members);

}  // namespace psilon
