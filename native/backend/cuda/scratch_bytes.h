#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "backend/backend.h"

namespace psilon::cuda {

/// Scratch memory of a network on a GPU: dW of the largest layer.
inline std::size_t scratch_bytes(const std::vector<LayerShape>& layers, std::size_t element) {
  Index largest = 0;
  for (const LayerShape& layer : layers)
    if (layer.backward) largest = std::max(largest, layer.matrices * layer.out * layer.in);
  return static_cast<std::size_t>(largest) * element;
}

}  // namespace psilon::cuda
