#pragma once

#include <cuda_runtime.h>

#include <algorithm>

#include "backend/cuda/block.h"
#include "backend/cuda/launch.h"

namespace psilon::cuda {

/// What a kernel computes, with its arguments, once or for several networks: blocks with blockIdx.z = k have those of
/// network k. A Body has kThreads, the most threads of a block; kBlocks, where it matters, how many blocks a processor
/// should have at once; and run(), for each thread.
template <typename Body, int kCount>
struct Bodies {
  Body of[kCount];
};

template <typename Body>
constexpr int least_blocks() {
  if constexpr (requires { Body::kBlocks; })
    return Body::kBlocks;
  else
    return 1;
}

template <typename Body, int kCount>
__global__ void __launch_bounds__(Body::kThreads, least_blocks<Body>())
    run_bodies(const __grid_constant__ Constant<Bodies<Body, kCount>> bodies) {
  bodies.of[kCount == 1 ? 0 : blockIdx.z].run();
}

/// The blocks of one network, along x and y, and the threads of each.
struct Shape {
  dim3 blocks;
  dim3 threads;

  bool operator==(const Shape& other) const { return same(blocks, other.blocks) && same(threads, other.threads); }

 private:
  static bool same(const dim3& a, const dim3& b) { return a.x == b.x && a.y == b.y && a.z == b.z; }
};

/// A block of kRowThreads for each of `rows`.
inline Shape by_rows(Index rows) { return {dim3(static_cast<unsigned>(rows)), dim3(kRowThreads)}; }

/// A thread for each of `count` elements.
inline constexpr int kElementThreads = 256;
inline Shape by_elements(Index count) {
  return {dim3(static_cast<unsigned>((count + kElementThreads - 1) / kElementThreads)), dim3(kElementThreads)};
}
/// That of this thread.
__device__ inline Index own_element() { return static_cast<Index>(blockIdx.x) * blockDim.x + threadIdx.x; }

template <typename Body, int kCount>
void launch_bodies(const char* operation, const Shape& shape, const Body* bodies, unsigned count, cudaStream_t stream) {
  Bodies<Body, kCount> all{};
  std::copy_n(bodies, count, all.of);
  const dim3 grid(shape.blocks.x, shape.blocks.y, count);
  launch(operation, {grid, shape.threads, stream}, run_bodies<Body, kCount>, all);
}

/// A kernel for one network, or one for as many as its arguments, of up to 32,764 bytes, have room for.
template <typename Body>
void launch_bodies(const char* operation, const Shape& shape, const Body* bodies, std::size_t count,
                   cudaStream_t stream) {
  constexpr std::size_t kMost = std::min<std::size_t>(16, 32'764 / sizeof(Body));
  if (count == 1) return launch_bodies<Body, 1>(operation, shape, bodies, 1, stream);
  for (std::size_t first = 0; first < count; first += kMost) {
    const unsigned some = static_cast<unsigned>(std::min(kMost, count - first));
    launch_bodies<Body, kMost>(operation, shape, bodies + first, some, stream);
  }
}

}  // namespace psilon::cuda
