#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

#include "network/parameters.h"

namespace psilon {

/// Draws the state before training (method, section 4): v semi-orthogonal, v- = v+, b = 0, g = 1 but 0 in residual
/// blocks. The model's values are zeros at first. Returns false if `stop` ended it.
template <typename T>
bool draw_initial_state(Model<T>& model, std::uint64_t seed, const std::function<bool()>& stop);

/// Peak memory of drawing it besides the model, in bytes.
std::size_t drawing_bytes(const NetworkConfig& config);

}  // namespace psilon
