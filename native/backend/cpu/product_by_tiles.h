#pragma once

#include "backend/cpu/gemm.h"

namespace psilon::cpu::PSILON_LEVEL {

/// A thread's memory for a product: a block of packed A, a group of packed panels of B, and the block's partial sums
/// for one of them. Together they stay in a second-level cache.
template <typename T>
struct TilesMemory {
  static constexpr Index kBlockBytes = 1024 * 1024, kGroupBytes = 128 * 1024;
  static constexpr Index kFewestPanels = kSkipPanels;  // of a group

  Index rows;     // of a block
  Index columns;  // of a group
  Index b;        // where it begins, A at 0
  Index sums;
  Index nonzero;  // see skip_zeros.h
  Index size;

  explicit TilesMemory(const ProductShape& shape) {
    const Index panel_bytes = packed_size<T>({0, shape.matrices, 1, shape.depth}) * static_cast<Index>(sizeof(T));
    rows = std::min(rows_per_block<T>(padded<T>(shape.depth), kBlockBytes), round_up(shape.m, kTileRows));
    columns = kTileColumns<T> *
              std::min(std::max(kFewestPanels, kGroupBytes / panel_bytes), panels(shape.n, kTileColumns<T>));
    b = rows * padded<T>(shape.depth);
    sums = b + packed_size<T>({0, shape.matrices, columns, shape.depth});
    nonzero = sums + rows * kSkipPanels * kTileColumns<T>;
    size = nonzero + words_size<T>(rows, shape.depth);
  }
};

/// Packs block by block of A, and for each group by group of B: pack_a(i, rows, panel) packs rows from i on,
/// pack_b(j, columns, panels) columns from j on. multiply(i, j, part, a, b, sums) gets what begins at row i and column
/// j of C, and memory for its sums.
template <typename T, typename PackA, typename PackB, typename Multiply>
void for_each_group(const ProductShape& shape, T* scratch, const PackA& pack_a, const PackB& pack_b,
                    const Multiply& multiply) {
  const TilesMemory<T> memory(shape);
  T *const a = scratch, *const b = scratch + memory.b;
  for (Index i = 0; i < shape.m; i += memory.rows) {
    const Index rows = std::min(memory.rows, shape.m - i);
    for (Index r = 0; r < rows; r += kTileRows)
      pack_a(i + r, std::min(kTileRows, rows - r), a + r * padded<T>(shape.depth));
    for (Index j = 0; j < shape.n; j += memory.columns) {
      const ProductShape part{rows, shape.matrices, std::min(memory.columns, shape.n - j), shape.depth};
      pack_b(j, part.n, b);
      multiply(i, j, part, a, b, scratch + memory.sums);
    }
  }
}

/// Passes sums of a panel of `count` rows and of `columns` columns on: put(i, j, Vector, lanes) gets those from row i0
/// and column j0 on.
template <typename T, typename Put>
auto put_within(Index i0, Index count, Index j0, Index columns, const Put& put) {
  return [=, &put](Index i, Index j, Vector<T> sum) __attribute__((always_inline)) {
    if (i >= count || j >= columns) return;
    if (columns - j >= kLanes<T>)
      put(i0 + i, j0 + j, sum, std::integral_constant<Index, kLanes<T>>());
    else
      put(i0 + i, j0 + j, sum, columns - j);
  };
}

/// C of one matrix B: put(i, j, Vector, lanes) takes C[i][j ..]. For pack_a and pack_b see for_each_group.
template <typename T, typename PackA, typename PackB, typename Put>
void multiply_by_tiles(const ProductShape& shape, T* scratch, const PackA& pack_a, const PackB& pack_b,
                       const Put& put) {
  auto* const nonzero = reinterpret_cast<std::uint64_t*>(scratch + TilesMemory<T>(shape).nonzero);
  const std::uint64_t* marked = nullptr;
  for_each_group(shape, scratch, pack_a, pack_b,
                 [&](Index i0, Index j0, const ProductShape& part, const T* a, const T* b, T* memory) {
                   if (j0 == 0) marked = mark_if_few(part, a, nonzero);
                   const auto sums = [=](int, Index, Index panels) {
                     return Sums<T>{memory, panels * kTileColumns<T>};
                   };
                   const auto done = [&](Index i, Index count, int, Index j, Index columns) {
                     return put_within<T>(i0 + i, count, j0 + j, columns, put);
                   };
                   multiply_block<T>(part, part.m, a, b, marked, sums, false, done);
                 });
}

}  // namespace psilon::cpu::PSILON_LEVEL
