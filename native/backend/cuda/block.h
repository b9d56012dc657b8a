#pragma once

#include <cuda_runtime.h>

#include "support/view.h"

/// What the threads of a block do together. Sums are taken in a fixed order, so that they have the same bits in every
/// run.
namespace psilon::cuda {

inline constexpr int kWarp = 32;
/// Threads of a block that works on a row.
inline constexpr int kRowThreads = 128;
inline constexpr unsigned kAllLanes = 0xffffffffu;

/// x of the lane whose number differs in these bits.
template <typename T>
__device__ T from_lane(T x, int distance) {
  return __shfl_xor_sync(kAllLanes, x, distance);
}

template <typename T, typename Combine>
__device__ T reduce_warp(T x, const Combine& combine) {
  for (int distance = kWarp / 2; distance > 0; distance /= 2) x = combine(x, from_lane(x, distance));
  return x;
}

/// combine(x of all threads), which every thread gets. `identity` combines to the other. Called by all threads of a
/// block of whole warps.
template <typename T, typename Combine>
__device__ T reduce_block(T x, T identity, const Combine& combine) {
  __shared__ T parts[kWarp];
  const int lane = static_cast<int>(threadIdx.x) % kWarp, warp = static_cast<int>(threadIdx.x) / kWarp;
  const int warps = static_cast<int>(blockDim.x) / kWarp;
  x = reduce_warp(x, combine);
  __syncthreads();  // all have read what an earlier reduction left
  if (lane == 0) parts[warp] = x;
  __syncthreads();
  return reduce_warp(lane < warps ? parts[lane] : identity, combine);
}

template <typename T>
__device__ T sum_block(T x) {
  return reduce_block(x, T(0), [](T a, T b) { return a + b; });
}

template <typename T>
__device__ T max_block(T x) {
  return reduce_block(x, T(0), [](T a, T b) { return a > b ? a : b; });
}

/// Whether this block is the last one of a grid to come here, which sees what all have written before. *arrived is 0
/// before and after. What any thread of a block has written goes with the fences of the one that counts, as barriers
/// put those after it.
__device__ inline bool last_block(unsigned* arrived) {
  __shared__ bool last;
  __syncthreads();
  if (threadIdx.x == 0) {
    __threadfence();
    last = atomicAdd(arrived, 1u) == gridDim.x - 1;
    __threadfence();
    if (last) *arrived = 0;
  }
  __syncthreads();
  return last;
}

/// use(j) for the elements 0 .. size-1 that belong to this thread of the block.
template <typename Use>
__device__ void for_own(Index size, const Use& use) {
  for (Index j = threadIdx.x; j < size; j += blockDim.x) use(j);
}

}  // namespace psilon::cuda
