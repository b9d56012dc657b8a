#pragma once

#include "backend/cuda/slab.h"
#include "backend/cuda/tf32.h"

/// What a warp has of a tile of C: 32 x 32 sums, of which a lane has 32 in registers. Where a tile has fewer such parts
/// than there are warps, several share a part: each adds up some slabs of the depth.
namespace psilon::cuda {

inline constexpr int kPart = 32;

/// How many warps work on a tile of kSide x kSide; with doubles fewer, as shared memory holds fewer of them.
template <typename T, int kSide>
struct TileShape {
  static constexpr int kSize = kSide;
  static constexpr int kWarps = 32 / static_cast<int>(sizeof(T));
  static constexpr int kThreads = kWarps * kWarp;
  static constexpr int kAlong = kSide / kPart;
  static constexpr int kParts = kAlong * kAlong;
  /// Warps of a part, and slabs of a tile.
  static constexpr int kShares = kWarps / kParts;
  /// Of rows of sums in shared memory: the lanes of a warp write to different banks.
  static constexpr int kPitch = kSide + 8;

  static __device__ int lane() { return static_cast<int>(threadIdx.x) % kWarp; }
  static __device__ int part() { return static_cast<int>(threadIdx.x) / kWarp % kParts; }
  static __device__ int share() { return static_cast<int>(threadIdx.x) / kWarp / kParts; }
  static __device__ int part_row() { return part() / kAlong * kPart; }
  static __device__ int part_column() { return part() % kAlong * kPart; }
};

/// Multiplications and additions of T: a lane has 8 rows of 4 columns.
template <typename T, int kSide>
class ExactTile {
 public:
  using Shape = TileShape<T, kSide>;
  using Factors = Slab<T, kSide>;

  static __device__ T factor(T x) { return x; }

  __device__ void multiply(const Factors& a, const Factors& b) {
#pragma unroll
    for (int k = 0; k < kSlabDepth; k++) {
      const Quad<T> rows[2] = {quad(a.at[k] + row()), quad(a.at[k] + row() + 4)}, columns = quad(b.at[k] + column());
#pragma unroll
      for (int r = 0; r < 8; r++)
#pragma unroll
        for (int c = 0; c < 4; c++) sum_[r].values[c] += rows[r / 4].values[r % 4] * columns.values[c];
    }
  }

  /// Leaves the sums there, and begins anew.
  __device__ void release(T (&sums)[kSide][Shape::kPitch]) {
#pragma unroll
    for (int r = 0; r < 8; r++) {
      *reinterpret_cast<Quad<T>*>(&sums[row() + r][column()]) = sum_[r];
      sum_[r] = {};
    }
  }

 private:
  static __device__ Quad<T> quad(const T* from) { return *reinterpret_cast<const Quad<T>*>(from); }
  static __device__ int row() { return Shape::part_row() + Shape::lane() / 8 * 8; }
  static __device__ int column() { return Shape::part_column() + Shape::lane() % 8 * 4; }

  Quad<T> sum_[8] = {};
};

/// The same on tensor cores, with factors rounded to tf32: 2 x 4 products of 16 x 8 sums.
template <int kSide>
class Tf32Tile {
 public:
  using Shape = TileShape<float, kSide>;
  using Factors = Slab<float, kSide>;

  static __device__ float factor(float x) { return to_tf32(x); }

  /// The depths of a slab in another order, the same for A and B, in which the lanes read from different banks.
  __device__ void multiply(const Factors& a, const Factors& b) {
    __syncwarp();  // fetch may have parted the lanes
    const int near = 2 * r(), far = near + 1;
    float columns[4][2];
#pragma unroll
    for (int j = 0; j < 4; j++) {
      columns[j][0] = b.at[near][column(j) + q()];
      columns[j][1] = b.at[far][column(j) + q()];
    }
#pragma unroll
    for (int i = 0; i < 2; i++) {
      const float rows[4] = {a.at[near][row(i)], a.at[near][row(i) + 8], a.at[far][row(i)], a.at[far][row(i) + 8]};
#pragma unroll
      for (int j = 0; j < 4; j++) multiply_add_tf32(sum_[i][j], rows, columns[j]);
    }
  }

  __device__ void release(float (&sums)[kSide][Shape::kPitch]) {
#pragma unroll
    for (int i = 0; i < 2; i++)
#pragma unroll
      for (int j = 0; j < 4; j++)
#pragma unroll
        for (int half = 0; half < 2; half++) {
          float (&sum)[4] = sum_[i][j];
          const float2 pair = make_float2(sum[2 * half], sum[2 * half + 1]);
          *reinterpret_cast<float2*>(&sums[row(i) + 8 * half][column(j) + 2 * r()]) = pair;
          sum[2 * half] = sum[2 * half + 1] = 0;
        }
  }

 private:
  static __device__ int q() { return Shape::lane() / 4; }
  static __device__ int r() { return Shape::lane() % 4; }
  static __device__ int row(int i) { return Shape::part_row() + 16 * i + q(); }
  static __device__ int column(int j) { return Shape::part_column() + 8 * j; }

  float sum_[2][4][4] = {};
};

}  // namespace psilon::cuda
