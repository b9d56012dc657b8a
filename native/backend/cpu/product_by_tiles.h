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

/// Block by block of A, group by group of B: pack_a(i, rows, panel) packs rows from i on, pack_b(j, columns, panels)
/// columns from j on, put(i, s, j, Vector, lanes) takes C_s[i][j ..].
template <typename T, typename PackA, typename PackB, typename Put>
void multiply_by_tiles(const ProductShape& shape, T* scratch, const PackA& pack_a, const PackB& pack_b,
                       const Put& put) {
  const TilesMemory<T> memory(shape);
  T *const a = scratch, *const b = scratch + memory.b;
  auto* const nonzero = reinterpret_cast<std::uint64_t*>(scratch + memory.nonzero);
  const auto sums = [&](int, Index, Index panels) { return Sums<T>{scratch + memory.sums, panels * kTileColumns<T>}; };
  for (Index first = 0; first < shape.m; first += memory.rows) {
    const Index rows = std::min(memory.rows, shape.m - first);
    for (Index i = 0; i < rows; i += kTileRows)
      pack_a(first + i, std::min(kTileRows, rows - i), a + i * padded<T>(shape.depth));
    const auto* const marked = mark_if_few({rows, shape.matrices, shape.n, shape.depth}, a, nonzero);
    for (Index begin = 0; begin < shape.n; begin += memory.columns) {
      const ProductShape group{rows, shape.matrices, std::min(memory.columns, shape.n - begin), shape.depth};
      pack_b(begin, group.n, b);
      const auto done = [&](Index panel, Index count, int s, Index j, Index columns) {
        return [&put, count, columns, s, i0 = first + panel, j0 = begin + j](Index i, Index c, Vector<T> sum)
                   __attribute__((always_inline)) {
                     if (i >= count || c >= columns) return;
                     if (columns - c >= kLanes<T>)
                       put(i0 + i, s, j0 + c, sum, std::integral_constant<Index, kLanes<T>>());
                     else
                       put(i0 + i, s, j0 + c, sum, columns - c);
                   };
      };
      multiply_block<T>(group, rows, a, b, marked, sums, false, done);
    }
  }
}

}  // namespace psilon::cpu::PSILON_LEVEL
