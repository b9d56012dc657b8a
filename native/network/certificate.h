#pragma once

#include <cstdint>
#include <vector>

#include "network/predictor.h"

namespace psilon {

struct Certificate {
  std::vector<std::int32_t> classes;
  std::vector<double> radii;
};

/// For each row of outputs of a network, or of the mean of several, the predicted class (of one logit: 1 if positive)
/// and the l-infinity distance, in the units of the networks' inputs, within which no input changes it (method, section
/// 10). Infinity if no input can.
Certificate certify(const std::vector<LastLayer>& networks, const std::vector<double>& outputs);

}  // namespace psilon
