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
inline constexpr Index kSkipRows = 4 * kTileRows;

/// Whether a product of packed A with whole panels of B is faster so: where few elements of A are not 0.
template <typename T>
bool worth_skipping(const ProductShape& shape, const T* a) {
  constexpr double kFew = 0.6;
  if (shape.n < kSkipPanels * kTileColumns<T> || shape.depth < kSkipDepth) return false;
  const Index whole = (shape.m - 1) / kTileRows * kTileRows, height = whole + panel_height(shape.m - whole);
  Index nonzero = 0;
  for (Index k = 0; k < height * padded<T>(shape.depth); k += kLanes<T>)
    nonzero += __builtin_popcount(nonzero_lanes<T>(load(a + k)));
  return static_cast<double>(nonzero) <= kFew * static_cast<double>(shape.m * shape.depth);
}

/// sum [kPanels][2 vectors] = act(a) [depth] b, with `add` more of what `sums` holds; take(panel, j, Vector) gets it. a
/// has its vectors `a_step` elements apart, b its panels `b_step`.
template <typename T, Index kPanels, typename Act, typename Take>
[[gnu::noinline]] void multiply_row(Index depth, const T* a, Index a_step, const Act& act, const T* __restrict b,
                                    Index b_step, const T* sums, bool add, const Take& take) {
  constexpr Index lanes = kLanes<T>;
  T values[kSkipDepth];
  std::uint64_t nonzero = 0;
  for (Index k = 0; k < depth; k += lanes, a += a_step) {
    const Vector<T> vector = act(load(a));
    store<T>(values + k, vector);
    nonzero |= std::uint64_t{nonzero_lanes<T>(vector)} << k;
  }
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
    const T value = values[k];
    const T* columns = b + k * kTileColumns<T>;
    for_each_vector([&](Index p, Index v) { sum[p][v] += value * load(columns + p * b_step + v * lanes); });
  }
  for_each_vector([&](Index p, Index v) { take(p, v * lanes, sum[p][v]); });
}

/// Multiplies act of `rows` packed rows of A with kPanels whole panels of B, kSkipRows at a time; done(i, panel) takes
/// the result of a row.
template <typename T, Index kPanels, typename Act, typename Done>
void multiply_panels(Index depth, Index rows, const T* a, const Act& act, const T* b, Index b_step, Sums<T> sums,
                     bool add, const Done& done) {
  for (Index begin = 0; begin < rows; begin += kSkipRows)
    for (Index k = 0; k < depth; k += kSkipDepth)
      for (Index i = begin; i < std::min(begin + kSkipRows, rows); i++) {
        const Index first = i / kTileRows * kTileRows, height = panel_height(std::min(kTileRows, rows - first));
        const T* row = a + first * padded<T>(depth) + k * height + (i - first) * kLanes<T>;
        const auto multiply = [&](const auto& take) {
          multiply_row<T, kPanels>(std::min(kSkipDepth, depth - k), row, height * kLanes<T>, act,
                                   b + k * kTileColumns<T>, b_step, sums.at(i).data, add || k > 0, take);
        };
        if (k + kSkipDepth >= depth)
          multiply([&](Index p, Index j, Vector<T> sum) { done(i, p)(0, j, sum); });
        else
          multiply([&](Index p, Index j, Vector<T> sum) { sums.at(i)(0, p * kTileColumns<T> + j, sum); });
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
