#pragma once

#include <type_traits>

#include "backend/cuda/launch.h"
#include "backend/cuda/tile.h"
#include "backend/operations.h"

/// C [m, n] = sum over `passes` s of A_s [m, depth] B_s [depth, n], or a C_s for each of them. A block has a tile of C.
/// Tiles of A and B go through shared memory: while one pair is multiplied, the next is on its way.
///
/// What is multiplied is a Product:
///   Value                                float or double
///   m(), n(), depth(), passes()          sizes
///   kDeepA, kDeepB                       whether neighbours in memory differ in k
///   memory_a(s)                          [m, depth] if kDeepA, else [depth, m]
///   memory_b(s)                          [n, depth] if kDeepB, else [depth, n]
///   a(s, i, k, x), b(s, k, j, x)         elements, where x is in memory
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
  Index depth;
};

template <typename Product, typename Tile>
class TileProduct {
 public:
  using T = typename Product::Value;
  using Shape = typename Tile::Shape;
  using Memory = TileMemory<T, Tile>;

  __device__ TileProduct(const Product& product, Memory& memory) : p_(product), memory_(memory) {}

  __device__ void run() {
    constexpr bool kApart = Product::kPasses == Passes::Apart;
    const int last = kApart ? static_cast<int>(blockIdx.z) : p_.passes() - 1;
    TilePlace at{kApart ? last : 0, 0};
    fetch(at);
    store(at, 0);
    __syncthreads();
    for (int stage = 0;; stage = 1 - stage) {
      const TilePlace next = after(at);
      const bool pass_ends = next.pass != at.pass, ends = next.pass > last;
      if (!ends) fetch(next);
      if (at.depth + Shape::share() * kSlabDepth < p_.depth()) {
        const auto& factors = memory_.stages[stage];
        tile_.multiply(factors.a[Shape::share()], factors.b[Shape::share()]);
      }
      if (pass_ends && (Product::kPasses != Passes::Summed || ends)) put(at.pass);
      if (ends) return;
      store(next, 1 - stage);
      __syncthreads();
      at = next;
    }
  }

 private:
  static constexpr int kDepth = Shape::kShares * kSlabDepth;

  __device__ TilePlace after(const TilePlace& at) const {
    const Index depth = at.depth + kDepth;
    return depth < p_.depth() ? TilePlace{at.pass, depth} : TilePlace{at.pass + 1, 0};
  }
  __device__ void fetch(const TilePlace& at) {
    a_.fetch(p_.memory_a(at.pass), first_row_, at.depth);
    b_.fetch(p_.memory_b(at.pass), first_column_, at.depth);
  }
  __device__ void store(const TilePlace& at, int stage) {
    auto& factors = memory_.stages[stage];
    a_.store(factors.a,
             [&](int i, int k, T x) { return Tile::factor(p_.a(at.pass, first_row_ + i, at.depth + k, x)); });
    b_.store(factors.b,
             [&](int j, int k, T x) { return Tile::factor(p_.b(at.pass, at.depth + k, first_column_ + j, x)); });
  }
  /// The shares of a sum are added up in their order.
  __device__ void put(int pass) {
    __syncthreads();  // all have multiplied
    tile_.release(memory_.sums[Shape::share()]);
    __syncthreads();
    for (int e = static_cast<int>(threadIdx.x); e < Shape::kSize * Shape::kSize; e += Shape::kThreads) {
      const int row = e / Shape::kSize, column = e % Shape::kSize;
      const Index i = first_row_ + row, j = first_column_ + column;
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
  const Index first_row_ = static_cast<Index>(blockIdx.y) * Shape::kSize;
  const Index first_column_ = static_cast<Index>(blockIdx.x) * Shape::kSize;
  TileLoad<T, Shape::kSize, Shape::kShares, Product::kDeepA, Shape::kThreads> a_;
  TileLoad<T, Shape::kSize, Shape::kShares, Product::kDeepB, Shape::kThreads> b_;
  Tile tile_;
};

template <typename Product, typename Tile>
__global__ void __launch_bounds__(Tile::Shape::kThreads, 2) multiply_tiles(const __grid_constant__ Product p) {
  __shared__ TileMemory<typename Product::Value, Tile> memory;
  TileProduct<Product, Tile>(p, memory).run();
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
  const auto passes = static_cast<unsigned>(Product::kPasses == Passes::Apart ? product.passes() : 1);
  const auto tiles = [&](Index side) {
    return dim3(static_cast<unsigned>((product.n() + side - 1) / side),
                static_cast<unsigned>((product.m() + side - 1) / side), passes);
  };
  const auto start = [&]<int kSide>() {
    const Launch shape{tiles(kSide), dim3(Tile<kSide>::Shape::kThreads), 0, by.stream};
    launch(operation, shape, multiply_tiles<Product, Tile<kSide>>, product);
  };
  const dim3 large = tiles(64);
  if (large.x * large.y * large.z >= 2u * static_cast<unsigned>(by.processors))
    start.template operator()<64>();
  else
    start.template operator()<32>();
}

template <typename T>
struct Exact {
  template <int kSide>
  using Tile = ExactTile<T, kSide>;
};

template <typename Product>
void multiply(const char* operation, const Product& product, const Multiplication& by) {
  using T = typename Product::Value;
  if constexpr (std::is_same_v<T, float>)
    if (by.precision == Precision::Tf32) return multiply_by<Tf32Tile>(operation, product, by);
  multiply_by<Exact<T>::template Tile>(operation, product, by);
}

}  // namespace psilon::cuda
