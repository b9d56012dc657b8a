#pragma once

#include <cstdint>

#include "backend/cuda/block.h"
#include "support/view.h"

/// Tiles of the factors of a product in shared memory, and the way there.
namespace psilon::cuda {

/// As many elements as a thread moves at once.
template <typename T>
struct alignas(16) Quad {
  T values[4];
};

/// kSlabDepth of the depth of a tile, of kLines rows of A or columns of B. Lines are neighbours, so that a thread reads
/// some at once; what lies between is there so that the threads of a warp write to different banks.
inline constexpr int kSlabDepth = 8;

template <typename T, int kLines>
struct alignas(16) Slab {
  T at[kSlabDepth][kLines + 4];
  T gap[8];
};

/// A tile of kLines lines and kSlabs slabs on its way: some quads of each thread. kDeep: neighbours in memory are along
/// the depth, memory [lines, depth]; else they are lines, memory [depth, lines].
template <typename T, int kLines, int kSlabs, bool kDeep, int kThreads>
class TileLoad {
 public:
  /// From the tile of `memory` that begins there. What lies outside of the matrix is 0.
  __device__ void fetch(const Matrix<const T>& memory, int first_line, int first_depth) {
    const bool aligned = memory.cols % 4 == 0 && reinterpret_cast<std::uintptr_t>(memory.data) % alignof(Quad<T>) == 0;
#pragma unroll
    for (int load = 0; load < kCount; load++) {
      const int i = first_line + line(load), k = first_depth + depth(load);
      const int row = kDeep ? i : k, col = kDeep ? k : i;
      const T* from = memory.data + static_cast<Index>(row) * static_cast<int>(memory.cols) + col;
      Quad<T>& quad = quads_[load];
      quad = {};
      if (row >= memory.rows || col >= memory.cols) continue;
      if (aligned) {
        quad = *reinterpret_cast<const Quad<T>*>(from);
        continue;
      }
#pragma unroll
      for (int e = 0; e < 4; e++)
        if (col + e < memory.cols) quad.values[e] = from[e];
    }
  }

  /// element(line, depth, x) is what stands there for x, counted from the beginning of the tile.
  template <typename Element>
  __device__ void store(Slab<T, kLines> (&slabs)[kSlabs], const Element& element) const {
#pragma unroll
    for (int load = 0; load < kCount; load++) {
      const int i = line(load), k = depth(load);
      Quad<T> quad;
#pragma unroll
      for (int e = 0; e < 4; e++)
        quad.values[e] = element(kDeep ? i : i + e, kDeep ? k + e : k, quads_[load].values[e]);
      auto& at = slabs[k / kSlabDepth].at;
      if constexpr (kDeep) {
#pragma unroll
        for (int e = 0; e < 4; e++) at[k % kSlabDepth + e][i] = quad.values[e];
      } else {
        *reinterpret_cast<Quad<T>*>(&at[k % kSlabDepth][i]) = quad;
      }
    }
  }

 private:
  static constexpr int kDepth = kSlabs * kSlabDepth;
  static constexpr int kCount = kLines * kDepth / 4 / kThreads;
  /// Quads of a line that neighbouring threads take: whole sectors of memory, and different banks.
  static constexpr int kNeighbours = kDepth < 16 ? kDepth / 4 : 4;

  static __device__ int turn(int load) { return static_cast<int>(threadIdx.x) + load * kThreads; }
  static __device__ int line(int load) {
    return kDeep ? turn(load) / kNeighbours % kLines : turn(load) % (kLines / 4) * 4;
  }
  static __device__ int depth(int load) {
    if constexpr (!kDeep) return turn(load) / (kLines / 4);
    return (turn(load) % kNeighbours + turn(load) / (kNeighbours * kLines) * kNeighbours) * 4;
  }

  Quad<T> quads_[kCount];
};

}  // namespace psilon::cuda
