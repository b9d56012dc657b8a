#pragma once

#include "backend/cpu/cpu_backend.h"
#include "backend/cpu/skip_zeros.h"
#include "backend/cpu/tiles.h"

/// C_s [m, n] = A [m, depth] B_s [depth, n] for one or two matrices s. Each thread has a range of rows and columns of
/// C, and packs what it needs of A and B: what another thread packed would have to come from that one's cache. B is
/// packed into panels of kTileColumns columns, A into panels of kTileRows rows, as many at a time as stay in the
/// second-level cache. An element of C is one sum in the order of depth, whoever computes it, zeros skipped or not.
namespace psilon::cpu::PSILON_LEVEL {

/// Multiplies `rows` packed rows of A with all of packed B: sums(s, j, panels) tells where partial sums of the columns
/// of C_s from j on stand, so many panels of them; what done(i, count, s, j, columns) returns takes the sums of a panel
/// of rows. `nonzero`: where zeros are skipped (skip_zeros.h), which elements of A are none.
template <typename T, typename SumsOf, typename Done>
void multiply_block(const ProductShape& shape, Index rows, const T* packed_a, const T* packed_b,
                    const std::uint64_t* nonzero, const SumsOf& sums, bool add, const Done& done) {
  const Index panel = kTileColumns<T> * shape.depth, last = (shape.n - 1) % kTileColumns<T> + 1;
  const Index wide = panels(shape.n, kTileColumns<T>) - (last <= kLanes<T>);  // panels of two vectors
  Index width = 1;
  for (Index p = 0; p * kTileColumns<T> < shape.n; p += width) {
    const Index first = p * kTileColumns<T>;
    width = nonzero != nullptr && p < wide ? std::min(kSkipPanels, wide - p) : 1;
    for (int s = 0; s < shape.matrices; s++) {
      const T* b = packed_b + (p * shape.matrices + s) * panel;
      const auto of_panel = [&, s](Index i, Index count, Index q) {
        const Index j = first + q * kTileColumns<T>;
        return done(i, count, s, j, std::min(kTileColumns<T>, shape.n - j));
      };
      if (nonzero != nullptr && p < wide)
        with_panels(width, [&](auto count) {
          multiply_panels<T, count()>(shape.depth, rows, packed_a, nonzero, b, shape.matrices * panel,
                                      sums(s, first, width), add, [&](Index i, Index q) { return of_panel(i, 1, q); });
        });
      else
        multiply_panel<T>(shape.depth, rows, p >= wide, packed_a, b, sums(s, first, 1), add,
                          [&](Index i, Index count) { return of_panel(i, count, 0); });
    }
  }
}

/// Rows of A in a block of about `bytes` whose rows have `length` elements: whole panels.
template <typename T>
Index rows_per_block(Index length, Index bytes) {
  return kTileRows * std::max<Index>(1, bytes / (kTileRows * length * static_cast<Index>(sizeof(T)) + 1));
}

/// Multiply-adds that are worth a thread.
inline constexpr Index kWorthAThread = 524288;

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
