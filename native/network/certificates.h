#pragma once

#include <cstdint>
#include <vector>

#include "network/predictor.h"

namespace psilon {

struct Certificates {
  std::vector<std::int32_t> classes;
  std::vector<double> radii;
};

/// For each row of outputs the predicted class (of one logit: 1 if positive) and the l-infinity distance, in the units
/// of the network's inputs, within which no input changes it (method, section 10). Infinity where nothing can.
template <typename T>
Certificates certify(Predictor<T>& predictor, const HostVector<T>& outputs, Bound bound);

}  // namespace psilon
