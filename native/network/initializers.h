#pragma once

#include <cstdint>

#include "network/parameters.h"

namespace psilon {

/// The state before training (method, section 4): v semi-orthogonal, v- = v+, b = 0, g = 1 but 0 in residual blocks.
template <typename T>
Model<T> initial_model(const NetworkConfig& config, std::uint64_t seed);

}  // namespace psilon
