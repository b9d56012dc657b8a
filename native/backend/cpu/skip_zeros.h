#pragma once

#include <cstdint>

#include "backend/cpu/product_shape.h"

/// Products of rows that are full of zeros, as relu leaves them: a row at a time, a vector of B for each element that
/// is not 0. Each reads its vectors from the first-level cache, where a tile has them in registers; so it pays where
/// about half of the elements are 0. The sums are those of tiles, to the bit: to add 0 changes nothing.
namespace psilon::cpu::PSILON_LEVEL {

/// Panels of B side by side: as many sums of a row as keep the multiply-adds busy.
inline constexpr Index kSkipPanels = 4;

/// Depth at a time, a bit of a word for each element: so much of kSkipPanels panels stays in the first-level cache.
inline constexpr Index kSkipDepth = 64;

/// Rows of A that go through the depth together, so that their sums stay near.
inline constexpr Index kSkipRows = 3 * kTileRows;

/// Words for a row of A.
inline Index words(Index depth) { return panels(depth, kSkipDepth); }

/// The memory of words for so many rows, in elements.
template <typename T>
Index words_size(Index rows, Index depth) {
  constexpr Index line = 64;
  return round_up(rows * words(depth) * static_cast<Index>(sizeof(std::uint64_t)), line) /
         static_cast<Index>(sizeof(T));
}

/// A row of packed A, from some depth on: its vectors are `step` elements apart.
template <typename T>
struct PackedRow {
  const T* data;
  Index step;

  PackedRow(const T* a, Index rows, Index depth, Index i, Index k) {
    const Index first = i / kTileRows * kTileRows, height = panel_height(std::min(kTileRows, rows - first));
    data = a + first * padded<T>(depth) + k * height + (i - first) * kLanes<T>;
    step = height * kLanes<T>;
  }
  const T* vector(Index k) const { return data + k / kLanes<T> * step; }
};

/// nonzero [rows, words]: a bit for each element of act(A) that is not 0; returns how many there are.
template <typename T, typename Act>
Index mark_nonzero(Index depth, Index rows, const T* a, const Act& act, std::uint64_t* nonzero) {
  Index count = 0;
  for (Index i = 0; i < rows; i++)
    for (Index k = 0; k < depth; k += kSkipDepth, nonzero++) {
      const PackedRow<T> row(a, rows, depth, i, k);
      std::uint64_t word = 0;
      for (Index j = 0; j < std::min(kSkipDepth, depth - k); j += kLanes<T>)
        word |= std::uint64_t{nonzero_lanes<T>(act(load(row.vector(j))))} << j;
      *nonzero = word;
      count += __builtin_popcountll(word);
    }
  return count;
}

/// Marks the elements of packed A that are not 0, where a product with whole panels of B is faster so: where they are
/// few. Returns `nonzero`, or null.
template <typename T>
const std::uint64_t* mark_if_few(const ProductShape& shape, const T* a, std::uint64_t* nonzero) {
  constexpr double kFew = 0.6;
  if (shape.n < kSkipPanels * kTileColumns<T> || shape.depth < kSkipDepth) return nullptr;
  const Index count = mark_nonzero(shape.depth, shape.m, a, [](Vector<T> x) { return x; }, nonzero);
  return static_cast<double>(count) <= kFew * static_cast<double>(shape.m * shape.depth) ? nonzero : nullptr;
}

/// sum [kPanels][2 vectors] = a b for the elements of a that are marked, with `add` more of what `sums` holds;
/// take(panel, j, Vector) gets it. The panels of b are `b_step` elements apart.
template <typename T, Index kPanels, typename Take>
[[gnu::noinline]] void multiply_row(std::uint64_t nonzero, PackedRow<T> a, const T* __restrict b, Index b_step,
                                    const T* sums, bool add, const Take& take) {
  constexpr Index lanes = kLanes<T>;
  Vector<T> sum[kPanels][kTileVectors] = {};
  const auto for_each_vector = [&](const auto& use) __attribute__((always_inline)) {
#pragma GCC unroll 4
    for (Index p = 0; p < kPanels; p++) {
#pragma GCC unroll 2
      for (Index v = 0; v < kTileVectors; v++) use(p, v);
    }
  };
  if (add) for_each_vector([&](Index p, Index v) { sum[p][v] = load(sums + p * kTileColumns<T> + v * lanes); });
  for (; nonzero != 0; nonzero &= nonzero - 1) {
    const Index k = __builtin_ctzll(nonzero);
    const T value = a.vector(k)[k % lanes];
    const T* columns = b + k * kTileColumns<T>;
    for_each_vector([&](Index p, Index v) { sum[p][v] += value * load(columns + p * b_step + v * lanes); });
  }
  for_each_vector([&](Index p, Index v) { take(p, v * lanes, sum[p][v]); });
}

/// Multiplies the marked elements of `rows` packed rows of A with kPanels whole panels of B, kSkipRows at a time;
/// done(i, panel) takes the result of a row.
template <typename T, Index kPanels, typename Done>
void multiply_panels(Index depth, Index rows, const T* a, const std::uint64_t* nonzero, const T* b, Index b_step,
                     Sums<T> sums, bool add, const Done& done) {
  for (Index begin = 0; begin < rows; begin += kSkipRows)
    for (Index k = 0; k < depth; k += kSkipDepth)
      for (Index i = begin; i < std::min(begin + kSkipRows, rows); i++) {
        const Sums<T> partial = sums.at(i);
        const auto multiply = [&](const auto& take) {
          multiply_row<T, kPanels>(nonzero[i * words(depth) + k / kSkipDepth], {a, rows, depth, i, k},
                                   b + k * kTileColumns<T>, b_step, partial.data, add || k > 0, take);
        };
        if (k + kSkipDepth >= depth)
          multiply([&](Index p, Index j, Vector<T> sum) { done(i, p)(0, j, sum); });
        else
          multiply([partial](Index p, Index j, Vector<T> sum) { partial(0, p * kTileColumns<T> + j, sum); });
      }
}

/// Calls use(panels) with their number, at most kSkipPanels, as a constant.
template <Index kPanels = kSkipPanels, typename Use>
inline void with_panels(Index panels, const Use& use) {
  if constexpr (kPanels > 1)
    if (panels < kPanels) return with_panels<kPanels - 1>(panels, use);
  use(std::integral_constant<Index, kPanels>());
}

}  // namespace psilon::cpu::PSILON_LEVEL
