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

/// The same with every panel two vectors wide, with zeros.
template <typename T>
void pack_whole_columns(const T* source, Index stride, Index count, Index depth, T* panel) {
  for (Index k = 0; k < depth; k++, source += stride)
    for (Index j = 0; j < count; j += kTileColumns<T>)
      for (Index v = 0; v < kTileColumns<T>; v += kLanes<T>)
        store<T>(panel + j * depth + k * kTileColumns<T> + v,
                 j + v < count ? load(source + j + v, std::min(kLanes<T>, count - j - v)) : Vector<T>{});
}

/// out[j][i] = source[i][j], i < rows, j < cols, `step` from one j to the next; of i whole vectors, with 0 beyond
/// `rows`.
template <typename T>
void transpose_into(const T* source, Index stride, Index rows, Index cols, T* out, Index step) {
  constexpr Index lanes = kLanes<T>;
  for (Index i = 0; i < rows; i += lanes)
    for (Index j = 0; j < cols; j += lanes) {
      const Index count = std::min(lanes, cols - j);
      const T* from = source + i * stride + j;
      T* to = out + j * step + i;
      Vector<T> square[lanes];
      if (i + lanes <= rows && count == lanes) {
#pragma GCC unroll 16
        for (Index k = 0; k < lanes; k++, from += stride) {
          square[k] = load(from);
          __builtin_prefetch(from + lanes * stride, 0, 2);
        }
        transpose<T>(square);
#pragma GCC unroll 16
        for (Index k = 0; k < lanes; k++, to += step) store<T>(to, square[k]);
      } else {
        for (Index k = 0; k < lanes; k++) square[k] = i + k < rows ? load(from + k * stride, count) : Vector<T>{};
        transpose<T>(square);
        for (Index k = 0; k < count; k++) store<T>(to + k * step, square[k]);
      }
    }
}

/// panel[k][j] = source[j][k] for j < count <= kTileColumns; the panel is one or two vectors wide.
template <typename T>
void pack_transposed(const T* source, Index stride, Index count, Index depth, T* panel) {
  transpose_into(source, stride, count, depth, panel, padded<T>(count));
}

/// panel[k / lanes][i][k % lanes] = source[k][i], i < count: as pack_by_lanes, of columns.
template <typename T>
void pack_columns_by_lanes(const T* source, Index stride, Index count, Index depth, T* panel) {
  constexpr Index lanes = kLanes<T>;
  const Index height = panel_height(count);
  for (Index k = 0; k < depth; k += lanes, panel += height * lanes) {
    const Index rows = std::min(lanes, depth - k);
    pack_transposed(source + k * stride, stride, rows, count, panel);
    std::fill(panel + count * lanes, panel + height * lanes, T(0));
  }
}

/// sums[i] += sum over k of source[k][i], i < count, in the order of k.
template <typename T>
void add_rows(const T* source, Index stride, Index count, Index depth, T* sums) {
  for (Index k = 0; k < depth; k++, source += stride)
    for_vectors<T>(count, [&](Index i, auto lanes) {
      store<T>(sums + i, load(sums + i, lanes) + load(source + i, lanes), lanes);
    });
}

}  // namespace psilon::cpu::PSILON_LEVEL
