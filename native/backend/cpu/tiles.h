#pragma once

#include "backend/cpu/product_shape.h"

/// Products of dense rows, in tiles of kTileRows x kTileColumns that live in registers.
namespace psilon::cpu::PSILON_LEVEL {

/// sum [kHeight, kVectors * lanes] = a [depth, kHeight]^T b [depth, kVectors * lanes], with `add` more of what `sums`
/// holds. take(i, j, Vector) gets it, straight from registers. Never inlined: in a larger function gcc moves the sums
/// out of their registers.
template <typename T, Index kHeight, Index kVectors, typename Take>
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
  for (; depth > 0; depth -= lanes, a += kHeight * lanes) {
    const Index count = std::min(depth, lanes);
    for (Index lane = 0; lane < count; lane++, columns += kVectors)
      for_each_vector([&](Index i, Index v) { sum[i][v] += a[i * lanes + lane] * columns[v]; });
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
template <typename T, typename Done>
void multiply_panel(Index depth, Index rows, bool narrow, const T* a, const T* b, Sums<T> sums, bool add,
                    const Done& done) {
  constexpr Index lanes = kLanes<T>, bytes = (kTileColumns<T> + kTileRows) * static_cast<Index>(sizeof(T));
  const Index parts = panels(depth * bytes, kFirstLevelBytes);
  const Index part = round_up(panels(depth, std::max<Index>(parts, 1)), lanes);
  const Index width = narrow ? lanes : kTileColumns<T>;
  for (Index k = 0; k < depth; k += part) {
    const Index count_k = std::min(part, depth - k);
    for (Index i = 0; i < rows; i += kTileRows) {
      const Index count = std::min(kTileRows, rows - i), height = panel_height(count);
      const T* panel = a + i * padded<T>(depth) + k * height;
      const auto multiply = [&](const auto& take) {
        with_height(height, [&](auto h) {
          if (narrow)
            multiply_tile<T, h(), 1>(count_k, panel, b + k * width, sums.at(i), add || k > 0, take);
          else
            multiply_tile<T, h(), 2>(count_k, panel, b + k * width, sums.at(i), add || k > 0, take);
        });
      };
      if (k + part < depth)
        multiply(sums.at(i));
      else
        multiply(done(i, count));
    }
  }
}

}  // namespace psilon::cpu::PSILON_LEVEL
