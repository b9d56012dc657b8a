#pragma once

#include <algorithm>

#include "backend/cpu/simd.h"

/// Copies of matrices in the order in which tiles of a product read them (gemm.h); what a panel has beyond the matrix
/// is 0.
namespace psilon::cpu::PSILON_LEVEL {

inline Index panels(Index count, Index width) { return (count + width - 1) / width; }

/// Rows of a panel that holds `rows` of them: as few as there are tiles for.
inline Index panel_height(Index rows) {
  for (Index height = 1; height < kTileRows; height *= 2)
    if (rows <= height) return height;
  return kTileRows;
}

/// Length of rows that are packed by_lanes.
template <typename T>
Index padded(Index depth) {
  return round_up(depth, kLanes<T>);
}

/// Length of rows of whole vectors that are not a power of two of cache lines apart: those would share few places of
/// the first-level cache.
template <typename T>
Index spread(Index count) {
  constexpr Index line = 64 / static_cast<Index>(sizeof(T));
  return line * (round_up(padded<T>(count), line) / line | 1);
}

/// panel[k / lanes][i][k % lanes] = value(source[i][k], k): rows keep their vectors, so nothing is transposed.
/// value(Vector, k, lanes) takes a vector that begins at k.
template <typename T, typename Value>
void pack_by_lanes(const T* source, Index stride, Index count, Index depth, T* panel, const Value& value) {
  constexpr Index lanes = kLanes<T>;
  const Index height = panel_height(count);
  for (Index i = 0; i < height; i++) {
    T* out = panel + i * lanes;
    if (i >= count) {
      for (Index k = 0; k < depth; k += lanes) store<T>(out + k * height, Vector<T>{});
      continue;
    }
    const T* in = source + i * stride;
    Index k = 0;
    for (; k + lanes <= depth; k += lanes) store<T>(out + k * height, value(load(in + k), k, lanes));
    if (k < depth) store<T>(out + k * height, value(load(in + k, depth - k), k, depth - k));
  }
}

/// panel[k][i] = source[k][i], i < count; `height` columns in the panel. sums[i] += sum over k of source[k][i]
template <typename T>
void pack_by_depth(const T* source, Index stride, Index count, Index depth, T* panel, T* sums) {
  constexpr Index vectors = (kTileRows + kLanes<T> - 1) / kLanes<T>;
  const Index height = panel_height(count);
  Vector<T> total[vectors] = {};
  for_vectors<T>(count, [&](Index i, auto lanes) { total[i / kLanes<T>] = load(sums + i, lanes); });
  const auto pack = [&](auto width) {
    for (Index k = 0; k < depth; k++, source += stride, panel += height)
      for_vectors<T>(width, [&](Index i, auto lanes) {
        const Vector<T> values = load(source + i, lanes);
        total[i / kLanes<T>] += values;
        store<T>(panel + i, values, lanes);
      });
  };
  if (count == kTileRows) {
    pack(std::integral_constant<Index, kTileRows>());
  } else {
    std::fill(panel, panel + depth * height, T(0));
    pack(count);
  }
  for_vectors<T>(count, [&](Index i, auto lanes) { store<T>(sums + i, total[i / kLanes<T>], lanes); });
}

/// Fetches `count` elements to the second-level cache.
template <typename T>
inline void fetch(const T* data, Index count) {
  for (Index i = 0; i < count; i += 64 / static_cast<Index>(sizeof(T))) __builtin_prefetch(data + i, 0, 2);
}

/// Panels of kTileColumns columns, the last of one or two vectors, one after the other: panel[k][j] =
/// value(source[k][j]). `panel_step` from one to the next.
template <typename T, typename Value>
void pack_columns(const T* source, Index stride, Index count, Index depth, T* panel, Index panel_step,
                  const Value& value) {
  constexpr Index kAhead = 8;
  const Index whole = count / kTileColumns<T> * kTileColumns<T>, width = padded<T>(count - whole);
  for (Index k = 0; k < depth; k++, source += stride) {
    if (k + kAhead < depth) fetch(source + kAhead * stride, count);
    T* out = panel + k * kTileColumns<T>;
    for (Index j = 0; j < whole; j += kTileColumns<T>, out += panel_step)
      for (Index v = 0; v < kTileColumns<T>; v += kLanes<T>) store<T>(out + v, value(load(source + j + v)));
    out += k * (width - kTileColumns<T>);
    for (Index j = whole; j < count; j += kLanes<T>) store<T>(out + (j - whole), value(load(source + j, count - j)));
  }
}

/// panel[k][j] = source[j][k] for j < count <= kTileColumns; the panel is one or two vectors wide.
template <typename T>
void pack_transposed(const T* source, Index stride, Index count, Index depth, T* panel) {
  constexpr Index lanes = kLanes<T>;
  const Index width = padded<T>(count);
  Vector<T> square[lanes];
  for (Index j = 0; j < width; j += lanes) {
    const Index rows = std::min(lanes, count - j);
    for (Index k = 0; k < depth; k += lanes) {
      const Index columns = std::min(lanes, depth - k);
      for (Index i = 0; i < lanes; i++) {
        const T* row = source + (j + i) * stride + k;
        square[i] = i < rows ? load(row, columns) : Vector<T>{};
        __builtin_prefetch(row + lanes * stride, 0, 2);
      }
      transpose<T>(square);
      for (Index i = 0; i < columns; i++) store<T>(panel + (k + i) * width + j, square[i]);
    }
  }
}

}  // namespace psilon::cpu::PSILON_LEVEL
