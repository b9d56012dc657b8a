#pragma once

#include "backend/cpu/cpu_backend.h"
#include "backend/cpu/packing.h"

/// C_s [m, n] = A [m, depth] B_s [depth, n] for one or two matrices s, in tiles of kTileRows x kTileColumns that live
/// in registers. Each thread has a range of rows and columns of C, and packs what it needs of A and B: what another
/// thread packed would have to come from that one's cache. B is packed into panels of kTileColumns columns, A into
/// panels of kTileRows rows, as many at a time as stay in the second-level cache. An element of C is one sum in the
/// order of depth, whoever computes it.
namespace psilon::cpu::PSILON_LEVEL {

/// How a panel of A is packed: a[k][i], or a[k / lanes][i][k % lanes].
enum class PackedA { ByDepth, ByLanes };

struct Range {
  Index begin;
  Index end;

  Index size() const { return end - begin; }
};

/// Rows of A and columns of B of one thread, `matrices` matrices B.
struct ProductShape {
  Index m;
  int matrices;
  Index n;
  Index depth;
};

/// Where partial sums of a block of rows of C stand: whole vectors and kTileRows rows of it may be written.
template <typename T>
struct Sums {
  T* data;
  Index stride;

  Sums at(Index i) const { return {data + i * stride, stride}; }
  void operator()(Index i, Index j, Vector<T> sum) const { store<T>(data + i * stride + j, sum); }
};

/// sum [kHeight, kVectors * lanes] = a [depth, kHeight]^T b [depth, kVectors * lanes], with `add` more of what `sums`
/// holds. take(i, j, Vector) gets it, straight from registers. Never inlined: in a larger function gcc moves the sums
/// out of their registers.
template <typename T, Index kHeight, Index kVectors, PackedA kPacked, typename Take>
[[gnu::noinline]] void multiply_tile(Index depth, const T* __restrict a, const T* __restrict b, Sums<T> sums, bool add,
                                     const Take& take) {
  constexpr Index lanes = kLanes<T>;
  Vector<T> sum[kHeight][kVectors] = {};
  const auto for_each_vector = [&](const auto& use) __attribute__((always_inline)) {
#pragma GCC unroll 16
    for (Index i = 0; i < kHeight; i++) {
#pragma GCC unroll 2
      for (Index v = 0; v < kVectors; v++) use(i, v);
    }
  };
  if (add) for_each_vector([&](Index i, Index v) { sum[i][v] = load(sums.data + i * sums.stride + v * lanes); });
  const auto* columns = reinterpret_cast<const Vector<T>*>(b);
  const auto multiply = [&](const T* rows, Index step) __attribute__((always_inline)) {
    for_each_vector([&](Index i, Index v) { sum[i][v] += rows[i * step] * columns[v]; });
    columns += kVectors;
  };
  if constexpr (kPacked == PackedA::ByDepth) {
    for (Index k = 0; k < depth; k++, a += kHeight) multiply(a, 1);
  } else {
    for (; depth > 0; depth -= lanes, a += kHeight * lanes) {
      const Index count = std::min(depth, lanes);
      for (Index lane = 0; lane < count; lane++) multiply(a + lane, lanes);
    }
  }
  for_each_vector([&](Index i, Index v) { take(i, v * lanes, sum[i][v]); });
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

/// Multiplies `rows` packed rows of A with one panel of B, with `add` on top of `sums`; what done(i, count) returns
/// takes the result of a panel of rows: see multiply_tile. As much of a panel of A and of B at a time as stay in the
/// first-level cache.
template <typename T, PackedA kPacked, typename Done>
void multiply_panel(const ProductShape& shape, Index rows, bool narrow, const T* a, const T* b, Sums<T> sums, bool add,
                    const Done& done) {
  constexpr Index lanes = kLanes<T>, bytes = (kTileColumns<T> + kTileRows) * static_cast<Index>(sizeof(T));
  const Index depth_a = kPacked == PackedA::ByDepth ? shape.depth : padded<T>(shape.depth);
  const Index parts = panels(shape.depth * bytes, kFirstLevelBytes);
  const Index part = round_up(panels(shape.depth, std::max<Index>(parts, 1)), lanes);
  const Index width = narrow ? lanes : kTileColumns<T>;
  for (Index k = 0; k < shape.depth; k += part) {
    const Index depth = std::min(part, shape.depth - k);
    for (Index i = 0; i < rows; i += kTileRows) {
      const Index count = std::min(kTileRows, rows - i), height = panel_height(count);
      const T* panel = a + i * depth_a + k * height;
      const auto multiply = [&](const auto& take) {
        with_height(height, [&](auto h) {
          if (narrow)
            multiply_tile<T, h(), 1, kPacked>(depth, panel, b + k * width, sums.at(i), add || k > 0, take);
          else
            multiply_tile<T, h(), 2, kPacked>(depth, panel, b + k * width, sums.at(i), add || k > 0, take);
        });
      };
      if (k + part < shape.depth)
        multiply(sums.at(i));
      else
        multiply(done(i, count));
    }
  }
}

/// Elements of packed B: panel after panel of columns, each of matrix after matrix.
template <typename T>
Index packed_size(const ProductShape& shape) {
  return shape.matrices * round_up(shape.n, kTileColumns<T>) * shape.depth;
}

/// Multiplies `rows` packed rows of A with all of packed B: sums(s, j) tells where partial sums of the columns of C_s
/// from j on stand; what done(i, count, s, j, columns) returns takes the sums of a panel of rows.
template <typename T, PackedA kPacked, typename SumsOf, typename Done>
void multiply_block(const ProductShape& shape, Index rows, const T* packed_a, const T* packed_b, const SumsOf& sums,
                    bool add, const Done& done) {
  for (Index j = 0; j < shape.n; j += kTileColumns<T>)
    for (int s = 0; s < shape.matrices; s++, packed_b += kTileColumns<T> * shape.depth) {
      const Index columns = std::min(kTileColumns<T>, shape.n - j);
      multiply_panel<T, kPacked>(shape, rows, columns <= kLanes<T>, packed_a, packed_b, sums(s, j), add,
                                 [&](Index i, Index count) { return done(i, count, s, j, columns); });
    }
}

/// Rows of A in a block of about `bytes` whose rows have `length` elements, but enough for a panel of B to be worth its
/// way to the first-level cache.
template <typename T>
Index rows_per_block(Index length, Index bytes) {
  constexpr Index kFewestPanels = 4;
  return kTileRows * std::max(kFewestPanels, bytes / (kTileRows * length * static_cast<Index>(sizeof(T)) + 1));
}

/// Multiply-adds that are worth a thread.
inline constexpr Index kWorthAThread = 65536;

/// Cuts C [m, n] into ranges for the threads, in both directions where columns alone are too few:
/// work(rows, columns, thread), rows in whole panels of A, columns in whole panels of B.
template <typename T, typename Work>
void for_each_part(ThreadPool& pool, Index m, Index n, Index multiply_adds, const Work& work) {
  const Index threads = std::clamp<Index>(multiply_adds / kWorthAThread, 1, pool.threads());
  const Index row_panels = panels(m, kTileRows), column_panels = panels(n, kTileColumns<T>);
  const Index across = std::clamp<Index>(column_panels / 2, 1, threads);
  const Index down = std::min(threads / across, row_panels);
  const auto range = [](Index size, Index panel, Index count, Index part, Index parts) {
    return Range{std::min(size, count * part / parts * panel), std::min(size, count * (part + 1) / parts * panel)};
  };
  pool.run(across * down, 1, [&](Index begin, Index end, int thread) {
    for (Index part = begin; part < end; part++)
      work(range(m, kTileRows, row_panels, part / across, down),
           range(n, kTileColumns<T>, column_panels, part % across, across), thread);
  });
}

/// The same for rows alone: work(rows, thread).
template <typename Work>
void for_each_rows(ThreadPool& pool, Index m, Index multiply_adds, const Work& work) {
  const Index grain = 1 + kWorthAThread * panels(m, kTileRows) / (multiply_adds + 1);
  pool.run(panels(m, kTileRows), grain, [&](Index begin, Index end, int thread) {
    work(Range{begin * kTileRows, std::min(end * kTileRows, m)}, thread);
  });
}

}  // namespace psilon::cpu::PSILON_LEVEL
