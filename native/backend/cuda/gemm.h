#pragma once

#include "backend/cuda/block.h"
#include "backend/cuda/launch.h"

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
  __device__ void store(T (&tile)[kTileDepth][kTile + 1]) const {
#pragma unroll
    for (int load = 0; load < kCount; load++) tile[depth(load)][line(load)] = values[load];
  }
};

template <typename T, int kTile>
__device__ void multiply_shared(const T (&a)[kTileDepth][kTile + 1], const T (&b)[kTileDepth][kTile + 1],
                                T (&sum)[kTile / kTileSide][kTile / kTileSide]) {
  constexpr int kEach = kTile / kTileSide;
  const int x = static_cast<int>(threadIdx.x) % kTileSide, y = static_cast<int>(threadIdx.x) / kTileSide;
#pragma unroll
  for (int k = 0; k < kTileDepth; k++) {
    T rows[kEach], columns[kEach];
#pragma unroll
    for (int e = 0; e < kEach; e++) {
      rows[e] = a[k][y + e * kTileSide];
      columns[e] = b[k][x + e * kTileSide];
    }
#pragma unroll
    for (int r = 0; r < kEach; r++)
#pragma unroll
      for (int c = 0; c < kEach; c++) sum[r][c] += rows[r] * columns[c];
  }
}

template <typename Product, int kTile>
__global__ void __launch_bounds__(kTileThreads) multiply_tiles(const __grid_constant__ Product p) {
  using T = typename Product::Value;
  constexpr int kEach = kTile / kTileSide;
  __shared__ T a[kTileDepth][kTile + 1], b[kTileDepth][kTile + 1];
  const Index first_row = static_cast<Index>(blockIdx.y) * kTile, first_column = static_cast<Index>(blockIdx.x) * kTile;
  const Index chunks = (p.depth() + kTileDepth - 1) / kTileDepth, steps = chunks * p.passes();
  TileLoad<T, kTile, Product::kDeepA> next_a;
  TileLoad<T, kTile, Product::kDeepB> next_b;
  const auto fetch = [&](Index step) {
    const int s = static_cast<int>(step / chunks);
    const Index from = step % chunks * kTileDepth, deep = p.depth() - from;
    next_a.fetch(p.m() - first_row, deep, [&](int i, int k) { return p.a(s, first_row + i, from + k); });
    next_b.fetch(p.n() - first_column, deep, [&](int j, int k) { return p.b(s, from + k, first_column + j); });
  };
  T sum[kEach][kEach] = {};
  const auto put = [&](int s) {
    const int x = static_cast<int>(threadIdx.x) % kTileSide, y = static_cast<int>(threadIdx.x) / kTileSide;
#pragma unroll
    for (int r = 0; r < kEach; r++)
#pragma unroll
      for (int c = 0; c < kEach; c++) {
        const Index i = first_row + y + r * kTileSide, j = first_column + x + c * kTileSide;
        if (i < p.m() && j < p.n()) p.put(s, i, j, sum[r][c]);
        sum[r][c] = 0;
      }
  };
  fetch(0);
  for (Index step = 0; step < steps; step++) {
    __syncthreads();  // all have multiplied what is there
    next_a.store(a);
    next_b.store(b);
    __syncthreads();
    if (step + 1 < steps) fetch(step + 1);
    multiply_shared<T, kTile>(a, b, sum);
    const bool pass_ends = (step + 1) % chunks == 0;
    if (pass_ends && (!Product::kJoined || step + 1 == steps)) put(static_cast<int>(step / chunks));
  }
}

/// Small tiles where large ones would leave processors without work.
template <typename Product>
void multiply(const char* operation, const Product& product, int processors, cudaStream_t stream) {
  const auto tiles = [&](Index tile) {
    return dim3(static_cast<unsigned>((product.n() + tile - 1) / tile),
                static_cast<unsigned>((product.m() + tile - 1) / tile));
  };
  const dim3 large = tiles(64);
  if (large.x * large.y >= 2u * static_cast<unsigned>(processors))
    launch(operation, {large, dim3(kTileThreads), 0, stream}, multiply_tiles<Product, 64>, product);
  else
    launch(operation, {tiles(32), dim3(kTileThreads), 0, stream}, multiply_tiles<Product, 32>, product);
}

}  // namespace psilon::cuda
