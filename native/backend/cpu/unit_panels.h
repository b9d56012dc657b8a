#pragma once

#include <algorithm>

#include "backend/cpu/packing.h"
#include "backend/cpu/tiles.h"

/// Matrices by units: panels of kTileColumns rows of a batch, in a panel a row for each unit. A product z^T = W x^T
/// leaves its result as the next product reads it.
namespace psilon::cpu::PSILON_LEVEL {

/// The columns of panel p of `count`: all, or one vector of them.
template <typename T>
Index panel_width(Index count, Index p) {
  return count - p * kTileColumns<T> <= kLanes<T> ? kLanes<T> : kTileColumns<T>;
}

/// `units` rows in each panel, of each of a layer's matrices one after the other.
template <typename T>
struct UnitPanels {
  T* data;
  Index units;

  T* panel(Index p) const { return data + p * units * kTileColumns<T>; }
};

/// The left factor A of a tile: a_ik = data[k / depth * block + k % depth * step + i kRow], and of the second matrix
/// `matrix` elements behind.
template <typename T>
struct LeftFactor {
  const T* data;
  Index step;
  Index depth;
  Index block;
  Index matrix;
};

/// sum [kHeight, kVectors * lanes] = A B, of all matrices, b a panel, that of the second matrix `b_matrix` elements
/// behind. take(i, v, Vector) gets it. Never inlined: see multiply_tile.
template <typename T, Index kHeight, Index kVectors, Index kRow, typename Take>
[[gnu::noinline]] void multiply_unit_tile(int matrices, Index depth, const LeftFactor<T>& a, const T* __restrict b,
                                          Index b_matrix, const Take& take) {
  Vector<T> sum[kHeight][kVectors] = {};
  const auto for_each_vector = [&](const auto& use) __attribute__((always_inline)) {
#pragma GCC unroll 16
    for (Index i = 0; i < kHeight; i++) {
#pragma GCC unroll 2
      for (Index v = 0; v < kVectors; v++) use(i, v);
    }
  };
  for (int s = 0; s < matrices; s++) {
    const T* block = a.data + s * a.matrix;
    const T* columns = b + s * b_matrix;
    for (Index left = depth; left > 0; left -= a.depth, block += a.block) {
      const Index count = std::min(left, a.depth);
      const T* __restrict at = block;
      for (Index k = 0; k < count; k++, at += a.step, columns += kTileColumns<T>)
        for_each_vector([&](Index i, Index v) { sum[i][v] += at[i * kRow] * load(columns + v * kLanes<T>); });
    }
  }
  for_each_vector([&](Index i, Index v) { take(i, v, sum[i][v]); });
}

/// The same for a panel that is `width` columns wide and a tile of `height` rows.
template <typename T, Index kRow, typename Take>
void multiply_units(Index height, Index width, int matrices, Index depth, const LeftFactor<T>& a, const T* b,
                    Index b_matrix, const Take& take) {
  with_height(height, [&](auto h) {
    if (width > kLanes<T>)
      multiply_unit_tile<T, h(), 2, kRow>(matrices, depth, a, b, b_matrix, take);
    else
      multiply_unit_tile<T, h(), 1, kRow>(matrices, depth, a, b, b_matrix, take);
  });
}

/// Rows of x [n, cols] as panels by units; rows beyond n are 0.
template <typename T>
void pack_units(Matrix<const T> x, UnitPanels<T> out) {
  constexpr Index lanes = kLanes<T>;
  for (Index i = 0; i < x.rows; i += lanes)
    for (Index j = 0; j < x.cols; j += lanes) {
      const Index count = std::min(lanes, x.cols - j);
      Vector<T> square[lanes];
      for (Index r = 0; r < lanes; r++) square[r] = i + r < x.rows ? load(x.row(i + r) + j, count) : Vector<T>{};
      transpose<T>(square);
      T* to = out.panel(i / kTileColumns<T>) + j * kTileColumns<T> + i % kTileColumns<T>;
      for (Index u = 0; u < count; u++, to += kTileColumns<T>) store<T>(to, square[u]);
    }
}

/// The way back: panels of kTileColumns units, in a panel a row for each of n rows; units beyond the last are 0.
template <typename T>
void pack_rows(UnitPanels<const T> x, Index first, Index units, Index n, T* out) {
  constexpr Index lanes = kLanes<T>;
  for (Index j = 0; j < units; j += lanes)
    for (Index i = 0; i < n; i += lanes) {
      const Index count = std::min(lanes, units - j);
      const T* from = x.panel(i / kTileColumns<T>) + (first + j) * kTileColumns<T> + i % kTileColumns<T>;
      Vector<T> square[lanes];
#pragma GCC unroll 16
      for (Index u = 0; u < lanes; u++) square[u] = u < count ? load(from + u * kTileColumns<T>) : Vector<T>{};
      transpose<T>(square);
      T* to = out + j / kTileColumns<T> * n * kTileColumns<T> + i * kTileColumns<T> + j % kTileColumns<T>;
      const Index rows = std::min(lanes, n - i);
      if (rows == lanes) {
#pragma GCC unroll 16
        for (Index r = 0; r < lanes; r++) store<T>(to + r * kTileColumns<T>, square[r]);
      } else {
        for (Index r = 0; r < rows; r++) store<T>(to + r * kTileColumns<T>, square[r]);
      }
    }
}

}  // namespace psilon::cpu::PSILON_LEVEL
