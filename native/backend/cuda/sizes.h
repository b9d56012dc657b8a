#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "backend/backend.h"

/// What psilon takes on a GPU and beside it, in bytes; nobody needs a GPU to ask.
namespace psilon::cuda {

/// Scratch memory of a network: dW of the largest layer.
inline std::size_t scratch_bytes(const std::vector<LayerShape>& layers, std::size_t element) {
  Index largest = 0;
  for (const LayerShape& layer : layers)
    if (layer.backward) largest = std::max(largest, layer.matrices * layer.out * layer.in);
  return static_cast<std::size_t>(largest) * element;
}

/// What CUDA takes for an allocation of `bytes`: whole pieces of 2 MiB for 1 MiB or more, else of 512 bytes.
inline std::size_t allocation_bytes(std::size_t bytes) {
  const std::size_t piece = bytes < std::size_t{1} << 20 ? 512 : std::size_t{1} << 21;
  return (std::max<std::size_t>(bytes, 1) + piece - 1) / piece * piece;
}

/// What a graph takes for an operation of one network: it keeps the arguments of the operation's kernels, seldom more
/// than two, and what CUDA needs to launch them.
inline constexpr std::size_t kGraphBytes = 4096;

/// Pinned memory of the host, through which uploads go.
inline constexpr std::size_t kStagingBytes = std::size_t{1} << 22;

}  // namespace psilon::cuda
