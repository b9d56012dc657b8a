#pragma once

#include <type_traits>

#include "backend/cuda/bodies.h"
#include "backend/cuda/multiplication.h"
#include "backend/cuda/tile.h"
#include "backend/operations.h"

/// C [m, n] = sum over `passes` s of A_s [m, depth] B_s [depth, n], or a C_s for each of them. A block has a tile of C.
/// Tiles of A and B go through shared memory: while one pair is multiplied, the next is on its way.
///
/// What is multiplied is a Product:
///   Value                                float or double
///   m(), n(), depth(), passes()          sizes, well below 2^31
///   kDeepA, kDeepB                       whether neighbours in memory differ in k
///   memory_a(s)                          [m, depth] if kDeepA, else [depth, m]
///   memory_b(s)                          [n, depth] if kDeepB, else [depth, n]
///   a(s, i, k, x), b(s, k, j, x)         elements, where x is in memory; outside of the matrices 0 for an x of 0
///   kPasses                              what `put` gets
///   put(s, i, j, sum)                    takes an element of C or C_s
namespace psilon::cuda {

/// C once; C_0, C_1, .. by the same thread; C_0, C_1, .. independently
enum class Passes { Summed, InOrder, Apart };

/// The factors of two tiles, one that is multiplied and one that comes; when all are multiplied, sums, of which each
/// share of the depth has its own.
template <typename T, typename Tile>
union TileMemory {
  using Shape = typename Tile::Shape;
  struct {
    typename Tile::Factors a[Shape::kShares], b[Shape::kShares];
  } stages[2];
  T sums[Shape::kShares][Shape::kSize][Shape::kPitch];
};

/// Where in its passes, and in the depth of one, a block is.
struct TilePlace {
  int pass;
  int depth;
};

template <typename Product, typename Tile>
class TileProduct {
 public:
  using T = typename Product::Value;
  using Shape = typename Tile::Shape;
  using Memory = TileMemory<T, Tile>;

  __device__ TileProduct(const Product& product, Memory& memory, uint3 tile)
      : p_(product), memory_(memory), tile_(tile) {}

  __device__ void run() {
    constexpr bool kApart = Product::kPasses == Passes::Apart;
    const int last = kApart ? static_cast<int>(tile_.z) : p_.passes() - 1;
    TilePlace at{kApart ? last : 0, 0};
    fetch(at);
    store(at, 0);
    __syncthreads();
    for (int stage = 0;; stage = 1 - stage) {
      const bool has_share = at.depth + Shape::share() * kSlabDepth < p_.depth();
      const int pass = at.pass;
      at = after(at);
      const bool pass_ends = at.pass != pass, ends = at.pass > last;
      if (!ends) fetch(at);
      const auto& factors = memory_.stages[stage];
      if (has_share) sums_.multiply(factors.a[Shape::share()], factors.b[Shape::share()]);
      if (pass_ends && (Product::kPasses != Passes::Summed || ends)) put(pass);
      if (ends) return;
      store(at, 1 - stage);
      __syncthreads();
    }
  }

 private:
  __device__ int first_row() const { return static_cast<int>(tile_.y) * Shape::kSize; }
  __device__ int first_column() const { return static_cast<int>(tile_.x) * Shape::kSize; }
  __device__ TilePlace after(const TilePlace& at) const {
    const int depth = at.depth + Shape::kShares * kSlabDepth;
    return depth < p_.depth() ? TilePlace{at.pass, depth} : TilePlace{at.pass + 1, 0};
  }
  __device__ void fetch(const TilePlace& at) {
    a_.fetch(p_.memory_a(at.pass), first_row(), at.depth);
    b_.fetch(p_.memory_b(at.pass), first_column(), at.depth);
  }
  __device__ void store(const TilePlace& at, int stage) {
    auto& factors = memory_.stages[stage];
    a_.store(factors.a,
             [&](int i, int k, T x) { return Tile::factor(p_.a(at.pass, first_row() + i, at.depth + k, x)); });
    b_.store(factors.b,
             [&](int j, int k, T x) { return Tile::factor(p_.b(at.pass, at.depth + k, first_column() + j, x)); });
  }
  /// The shares of a sum are added up in their order.
  __device__ void put(int pass) {
    __syncthreads();  // all have multiplied
    sums_.release(memory_.sums[Shape::share()]);
    __syncthreads();
    for (int e = static_cast<int>(threadIdx.x); e < Shape::kSize * Shape::kSize; e += Shape::kThreads) {
      const int row = e / Shape::kSize, column = e % Shape::kSize;
      const int i = first_row() + row, j = first_column() + column;
      if (i >= p_.m() || j >= p_.n()) continue;
      T sum = memory_.sums[0][row][column];
#pragma unroll
      for (int share = 1; share < Shape::kShares; share++) sum += memory_.sums[share][row][column];
      p_.put(pass, i, j, sum);
    }
    __syncthreads();  // all have read the sums
  }

  const Product& p_;
  Memory& memory_;
  const uint3 tile_;
  TileLoad<T, Shape::kSize, Shape::kShares, Product::kDeepA, Shape::kThreads> a_;
  TileLoad<T, Shape::kSize, Shape::kShares, Product::kDeepB, Shape::kThreads> b_;
  Tile sums_;
};

/// The tiles of a product: along its columns, along its rows, and of passes that are apart.
struct TileGrid {
  unsigned columns, rows, passes;

  template <typename Product>
  static TileGrid of(const Product& product, Index side) {
    const auto tiles = [side](Index size) { return static_cast<unsigned>((size + side - 1) / side); };
    const int passes = Product::kPasses == Passes::Apart ? product.passes() : 1;
    return {tiles(product.n()), tiles(product.m()), static_cast<unsigned>(passes)};
  }

  __host__ __device__ unsigned count() const { return columns * rows * passes; }
  __device__ uint3 tile(unsigned k) const { return {k % columns, k / columns % rows, k / columns / rows}; }
};

template <typename Product, typename Tile>
struct Tiles {
  static constexpr int kThreads = Tile::Shape::kThreads, kBlocks = 2;
  Product product;
  TileGrid grid;

  __device__ void run() const {
    __shared__ TileMemory<typename Product::Value, Tile> memory;
    TileProduct<Product, Tile>(product, memory, grid.tile(blockIdx.x)).run();
  }
};

/// Two products that share no result; the tiles of the first one come first.
template <typename Product, typename Other, typename Tile>
struct TilesOfTwo {
  static constexpr int kThreads = Tile::Shape::kThreads, kBlocks = 2;
  Product product;
  Other other;
  TileGrid grid, other_grid;

  __device__ void run() const {
    __shared__ TileMemory<typename Product::Value, Tile> memory;
    if (blockIdx.x < grid.count())
      TileProduct<Product, Tile>(product, memory, grid.tile(blockIdx.x)).run();
    else
      TileProduct<Other, Tile>(other, memory, other_grid.tile(blockIdx.x - grid.count())).run();
  }
};

template <typename T>
struct Exact {
  template <int kSide>
  using Tile = ExactTile<T, kSide>;
};

/// start(tile) with the kind of tiles: small ones where large ones, of which each network has `count`(side), would
/// leave processors without work.
template <typename T, typename Count, typename Start>
void with_tile(const Multiplication& by, const Count& count, const Start& start) {
  const bool large = by.launcher.networks() * count(64) >= 2 * by.processors;
  const auto of = [&]<template <int> typename Tile>() {
    large ? start.template operator()<Tile<64>>() : start.template operator()<Tile<32>>();
  };
  if constexpr (std::is_same_v<T, float>)
    if (by.precision == Precision::Tf32) return of.template operator()<Tf32Tile>();
  of.template operator()<Exact<T>::template Tile>();
}

template <typename Product>
void multiply(const char* kernel, const Product& product, const Multiplication& by) {
  const auto start = [&]<typename Tile>() {
    const Tiles<Product, Tile> tiles{product, TileGrid::of(product, Tile::Shape::kSize)};
    by.launcher.launch(kernel, {dim3(tiles.grid.count()), dim3(Tile::Shape::kThreads)}, tiles);
  };
  with_tile<typename Product::Value>(by, [&](Index side) { return TileGrid::of(product, side).count(); }, start);
}

/// The first one should be the one whose tiles take longer.
template <typename Product, typename Other>
void multiply(const char* kernel, const Product& product, const Other& other, const Multiplication& by) {
  const auto start = [&]<typename Tile>() {
    constexpr Index kSize = Tile::Shape::kSize;
    const TilesOfTwo<Product, Other, Tile> tiles{product, other, TileGrid::of(product, kSize),
                                                 TileGrid::of(other, kSize)};
    by.launcher.launch(kernel, {dim3(tiles.grid.count() + tiles.other_grid.count()), dim3(Tile::Shape::kThreads)},
                       tiles);
  };
  const auto count = [&](Index side) {
    return TileGrid::of(product, side).count() + TileGrid::of(other, side).count();
  };
  with_tile<typename Product::Value>(by, count, start);
}

}  // namespace psilon::cuda
