#pragma once

#include "backend/cpu/cpu_backend.h"
#include "backend/cpu/packing.h"

/// C_s [m, n] = A [m, depth] B_s [depth, n] for one or two matrices s, in tiles of kTileRows x kTileColumns that live in
/// registers. B is packed once, by all threads, into panels of kTileColumns columns. Each thread packs its rows of A, a
/// block of panels of kTileRows rows at a time, and multiplies the block with one panel of B after the other: the block
/// stays in the second-level cache. An element of C is one sum in the order of depth, whoever computes it.
namespace psilon::cpu::PSILON_LEVEL {

/// How a panel of A is packed: a[k][i], or a[k / lanes][i][k % lanes].
enum class PackedA { ByDepth, ByLanes };

struct ProductShape {
  Index m;
  int matrices;
  Index n;
  Index depth;
};

/// out [kHeight, kVectors * lanes] = a [depth, kHeight]^T b [depth, kVectors * lanes]. Never inlined: in a larger function
/// gcc moves the sums out of their registers.
template <typename T, Index kHeight, Index kVectors, PackedA kPacked>
[[gnu::noinline]] void multiply_tile(Index depth, const T* __restrict a, const T* __restrict b, T* __restrict out,
                                     Index stride) {
  constexpr Index lanes = kLanes<T>;
  Vector<T> sum[kHeight][kVectors] = {};
  const auto multiply = [&sum](const T* rows, Index step, const Vector<T>* columns) __attribute__((always_inline)) {
#pragma GCC unroll 16
    for (Index i = 0; i < kHeight; i++) {
#pragma GCC unroll 2
      for (Index v = 0; v < kVectors; v++) sum[i][v] += rows[i * step] * columns[v];
    }
  };
  const auto* columns = reinterpret_cast<const Vector<T>*>(b);
  if constexpr (kPacked == PackedA::ByDepth) {
    for (Index k = 0; k < depth; k++, a += kHeight, columns += kVectors) multiply(a, 1, columns);
  } else {
    for (; depth > 0; depth -= lanes, a += kHeight * lanes) {
      const Index count = std::min(depth, lanes);
      for (Index lane = 0; lane < count; lane++, columns += kVectors) multiply(a + lane, lanes, columns);
    }
  }
#pragma GCC unroll 16
  for (Index i = 0; i < kHeight; i++) {
#pragma GCC unroll 2
    for (Index v = 0; v < kVectors; v++) store<T>(out + i * stride + v * lanes, sum[i][v]);
  }
}

/// Calls use(height) with a panel's height as a constant.
template <Index kHeight = 1, typename Use>
inline void with_height(Index height, const Use& use) {
  if constexpr (kHeight >= kTileRows)
    use(std::integral_constant<Index, kTileRows>());
  else if (height == kHeight)
    use(std::integral_constant<Index, kHeight>());
  else
    with_height<2 * kHeight>(height, use);
}

/// Multiplies the packed rows first .. last of A with all of packed B, tile by tile. place(i, s, j) tells where the tile
/// of C_s that begins at row i and column j is computed (memory and its row stride, whole vectors and kTileRows rows of
/// it); done(i, rows, s, j) follows.
template <typename T, PackedA kPacked, typename Place, typename Done>
void multiply_block(const ProductShape& shape, Index first, Index last, const T* packed_a, const T* packed_b,
                    const Place& place, const Done& done) {
  const Index depth_a = kPacked == PackedA::ByDepth ? shape.depth : padded<T>(shape.depth);
  for (int s = 0; s < shape.matrices; s++)
    for (Index j = 0; j < shape.n; j += kTileColumns<T>, packed_b += kTileColumns<T> * shape.depth) {
      const bool narrow = shape.n - j <= kLanes<T>;
      for (Index i = first; i < last; i += kTileRows) {
        const Index rows = std::min(kTileRows, last - i);
        const T* a = packed_a + (i - first) * depth_a;
        const auto [out, stride] = place(i, s, j);
        with_height(panel_height(rows), [&, out = out, stride = stride](auto height) {
          if (narrow)
            multiply_tile<T, height(), 1, kPacked>(shape.depth, a, packed_b, out, stride);
          else
            multiply_tile<T, height(), 2, kPacked>(shape.depth, a, packed_b, out, stride);
        });
        done(i, rows, s, j);
      }
    }
}

/// The same, with each tile in a buffer: put(i, s, j, Vector, lanes) takes C_s[i][j ..].
template <typename T, PackedA kPacked, typename Put>
void multiply_block(const ProductShape& shape, Index first, Index last, const T* packed_a, const T* packed_b,
                    const Put& put) {
  alignas(64) T tile[kTileRows * kTileColumns<T>];
  const auto place = [&](Index, int, Index) { return std::pair(&tile[0], kTileColumns<T>); };
  multiply_block<T, kPacked>(shape, first, last, packed_a, packed_b, place, [&](Index i, Index rows, int s, Index j) {
    const Index end = std::min(kTileColumns<T>, shape.n - j);
    for (Index row = 0; row < rows; row++)
      for (Index c = 0; c < end; c += kLanes<T>)
        put(i + row, s, j + c, load(tile + row * kTileColumns<T> + c), std::min(kLanes<T>, end - c));
  });
}

/// Rows of A in a block of about `bytes`.
template <typename T>
Index rows_per_block(Index depth, Index bytes) {
  return kTileRows * std::max<Index>(1, bytes / (kTileRows * padded<T>(depth) * static_cast<Index>(sizeof(T))));
}

/// Elements of packed B.
template <typename T>
Index packed_size(const ProductShape& shape) {
  return shape.matrices * panels(shape.n, kTileColumns<T>) * kTileColumns<T> * shape.depth;
}

/// pack(s, j, panel) packs the columns of B_s from j on.
template <typename T, typename Pack>
void pack_b(ThreadPool& pool, const ProductShape& shape, T* packed, const Pack& pack) {
  const Index each = panels(shape.n, kTileColumns<T>);
  pool.run(shape.matrices * each, rows_per_thread(kTileColumns<T> * shape.depth), [&](Index begin, Index end, int) {
    for (Index p = begin; p < end; p++)
      pack(static_cast<int>(p / each), p % each * kTileColumns<T>, packed + p * kTileColumns<T> * shape.depth);
  });
}

/// work(first, last, thread) for blocks of rows of A, each thread's in order.
template <typename Work>
void for_each_block(ThreadPool& pool, const ProductShape& shape, Index block, const Work& work) {
  constexpr Index kWorthAThread = 65536;  // multiply-adds
  const Index grain = 1 + kWorthAThread / (kTileRows * shape.n * shape.matrices * shape.depth + 1);
  pool.run(panels(shape.m, kTileRows), grain, [&](Index begin, Index end, int thread) {
    const Index stop = std::min(end * kTileRows, shape.m);
    for (Index first = begin * kTileRows; first < stop; first += block)
      work(first, std::min(first + block, stop), thread);
  });
}

}  // namespace psilon::cpu::PSILON_LEVEL
