#pragma once

#include <type_traits>

#include "backend/cuda/block.h"
#include "backend/cuda/launch.h"
#include "backend/cuda/tf32.h"
#include "backend/operations.h"

/// C [m, n] = sum over `passes` s of A_s [m, depth] B_s [depth, n], or a C_s for each of them. A block has a tile of C,
/// a thread some elements of it in registers; tiles of A and B go through shared memory. An element of C is one sum in
/// the order of depth.
///
/// What is multiplied is a Product:
///   Value                          float or double
///   m(), n(), depth(), passes()    sizes
///   a(s, i, k), b(s, k, j)         elements
///   put(s, i, j, sum)              takes C_s, or, if kJoined, C once
///   kDeepA, kDeepB                 whether neighbours in memory differ in k
namespace psilon::cuda {

inline constexpr int kTileSide = 16;  // threads along each side of a tile
inline constexpr int kTileThreads = kTileSide * kTileSide;
inline constexpr int kTileDepth = 16;

/// A tile of A or of B on its way from memory to shared memory: some elements of each thread.
template <typename T, int kTile, bool kDeep>
struct TileLoad {
  static constexpr int kCount = kTile * kTileDepth / kTileThreads;
  T values[kCount];

  static __device__ int line(int load) {
    const int t = static_cast<int>(threadIdx.x) + load * kTileThreads;
    return kDeep ? t / kTileDepth : t % kTile;
  }
  static __device__ int depth(int load) {
    const int t = static_cast<int>(threadIdx.x) + load * kTileThreads;
    return kDeep ? t % kTileDepth : t / kTile;
  }

  /// element(line, depth) counts from the beginning of the tile; what is beyond `lines` or `deep` is 0.
  template <typename Element>
  __device__ void fetch(Index lines, Index deep, const Element& element) {
#pragma unroll
    for (int load = 0; load < kCount; load++) {
      const int i = line(load), k = depth(load);
      values[load] = i < lines && k < deep ? element(i, k) : T(0);
    }
  }
  template <typename Tile>
  __device__ void store(typename Tile::Shared& shared) const {
#pragma unroll
    for (int load = 0; load < kCount; load++) shared[depth(load)][line(load)] = Tile::operand(values[load]);
  }
};

/// The sums of a tile of C as multiplications and additions of T: each thread has every kTileSide-th row and column.
template <typename T, int kTile>
class ExactTile {
 public:
  using Value = T;
  static constexpr int kSide = kTile;
  using Shared = T[kTileDepth][kTile + 1];

  static __device__ T operand(T x) { return x; }

  __device__ void multiply(const Shared& a, const Shared& b) {
#pragma unroll
    for (int k = 0; k < kTileDepth; k++) {
      T rows[kEach], columns[kEach];
#pragma unroll
      for (int e = 0; e < kEach; e++) {
        rows[e] = a[k][y() + e * kTileSide];
        columns[e] = b[k][x() + e * kTileSide];
      }
#pragma unroll
      for (int r = 0; r < kEach; r++)
#pragma unroll
        for (int c = 0; c < kEach; c++) sum_[r][c] += rows[r] * columns[c];
    }
  }

  /// put(row, column, sum) for what this thread has, which begins anew.
  template <typename Put>
  __device__ void take(const Put& put) {
#pragma unroll
    for (int r = 0; r < kEach; r++)
#pragma unroll
      for (int c = 0; c < kEach; c++) {
        put(y() + r * kTileSide, x() + c * kTileSide, sum_[r][c]);
        sum_[r][c] = 0;
      }
  }

 private:
  static constexpr int kEach = kTile / kTileSide;

  static __device__ int x() { return static_cast<int>(threadIdx.x) % kTileSide; }
  static __device__ int y() { return static_cast<int>(threadIdx.x) / kTileSide; }

  T sum_[kEach][kEach] = {};
};

/// The same on tensor cores, with operands rounded to tf32: a warp has 16 rows, and every so many groups of 8 columns.
template <int kTile>
class Tf32Tile {
 public:
  using Value = float;
  static constexpr int kSide = kTile;
  using Shared = float[kTileDepth][kTile + 8];  // the lanes of a warp read it from different banks

  static __device__ float operand(float x) { return to_tf32(x); }

  __device__ void multiply(const Shared& a, const Shared& b) {
#pragma unroll
    for (int k = 0; k < kTileDepth; k += 8) {
      const int near = k + r(), far = near + 4;
      const float rows[4] = {a[near][row()], a[near][row() + 8], a[far][row()], a[far][row() + 8]};
#pragma unroll
      for (int e = 0; e < kEach; e++) {
        const float columns[2] = {b[near][column(e) + q()], b[far][column(e) + q()]};
        multiply_add_tf32(sum_[e], rows, columns);
      }
    }
  }

  template <typename Put>
  __device__ void take(const Put& put) {
#pragma unroll
    for (int e = 0; e < kEach; e++)
#pragma unroll
      for (int part = 0; part < 4; part++) {
        put(row() + part / 2 * 8, column(e) + 2 * r() + part % 2, sum_[e][part]);
        sum_[e][part] = 0;
      }
  }

 private:
  static constexpr int kWarpRows = kTile / 16, kWarpColumns = kTileThreads / kWarp / kWarpRows;
  static constexpr int kEach = kTile / 8 / kWarpColumns;

  static __device__ int warp() { return static_cast<int>(threadIdx.x) / kWarp; }
  static __device__ int q() { return static_cast<int>(threadIdx.x) % kWarp / 4; }
  static __device__ int r() { return static_cast<int>(threadIdx.x) % 4; }
  static __device__ int row() { return warp() % kWarpRows * 16 + q(); }
  static __device__ int column(int e) { return (warp() / kWarpRows * kEach + e) * 8; }

  float sum_[kEach][4] = {};
};

template <typename Product, typename Tile>
__global__ void __launch_bounds__(kTileThreads) multiply_tiles(const __grid_constant__ Product p) {
  using T = typename Product::Value;
  constexpr int kSide = Tile::kSide;
  __shared__ typename Tile::Shared a, b;
  const Index first_row = static_cast<Index>(blockIdx.y) * kSide, first_column = static_cast<Index>(blockIdx.x) * kSide;
  const Index chunks = (p.depth() + kTileDepth - 1) / kTileDepth, steps = chunks * p.passes();
  TileLoad<T, kSide, Product::kDeepA> next_a;
  TileLoad<T, kSide, Product::kDeepB> next_b;
  const auto fetch = [&](Index step) {
    const int s = static_cast<int>(step / chunks);
    const Index from = step % chunks * kTileDepth, deep = p.depth() - from;
    next_a.fetch(p.m() - first_row, deep, [&](int i, int k) { return p.a(s, first_row + i, from + k); });
    next_b.fetch(p.n() - first_column, deep, [&](int j, int k) { return p.b(s, from + k, first_column + j); });
  };
  Tile tile;
  const auto put = [&](int s) {
    tile.take([&](int row, int column, T sum) {
      const Index i = first_row + row, j = first_column + column;
      if (i < p.m() && j < p.n()) p.put(s, i, j, sum);
    });
  };
  fetch(0);
  for (Index step = 0; step < steps; step++) {
    __syncthreads();  // all have multiplied what is there
    next_a.template store<Tile>(a);
    next_b.template store<Tile>(b);
    __syncthreads();
    if (step + 1 < steps) fetch(step + 1);
    tile.multiply(a, b);
    const bool pass_ends = (step + 1) % chunks == 0;
    if (pass_ends && (!Product::kJoined || step + 1 == steps)) put(static_cast<int>(step / chunks));
  }
}

/// How products are computed, on how many processors.
struct Multiplication {
  Precision precision;
  int processors;
  cudaStream_t stream;
};

/// Small tiles where large ones would leave processors without work.
template <template <int> typename Tile, typename Product>
void multiply_by(const char* operation, const Product& product, const Multiplication& by) {
  const auto tiles = [&](Index tile) {
    return dim3(static_cast<unsigned>((product.n() + tile - 1) / tile),
                static_cast<unsigned>((product.m() + tile - 1) / tile));
  };
  const dim3 large = tiles(64);
  if (large.x * large.y >= 2u * static_cast<unsigned>(by.processors))
    launch(operation, {large, dim3(kTileThreads), 0, by.stream}, multiply_tiles<Product, Tile<64>>, product);
  else
    launch(operation, {tiles(32), dim3(kTileThreads), 0, by.stream}, multiply_tiles<Product, Tile<32>>, product);
}

template <typename T>
struct Exact {
  template <int kTile>
  using Tile = ExactTile<T, kTile>;
};

template <typename Product>
void multiply(const char* operation, const Product& product, const Multiplication& by) {
  using T = typename Product::Value;
  if constexpr (std::is_same_v<T, float>)
    if (by.precision == Precision::Tf32) return multiply_by<Tf32Tile>(operation, product, by);
  multiply_by<Exact<T>::template Tile>(operation, product, by);
}

}  // namespace psilon::cuda
