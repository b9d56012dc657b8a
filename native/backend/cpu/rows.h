#pragma once

#include <cmath>

#include "backend/backend.h"
#include "backend/cpu/simd.h"

namespace psilon::cpu::PSILON_LEVEL {

template <typename T>
inline T sign(T x) {
  return static_cast<T>((x > 0) - (x < 0));
}

template <typename V>
inline V signs(V x) {
  return x > 0 ? V{} + 1 : x < 0 ? V{} - 1 : V{};
}

template <typename V>
inline V magnitudes(V x) {
  typedef decltype(x < x) Bits;
  return (V)((Bits)x & ~(Bits)-V{});
}

/// What |v| must exceed to have a projection other than 0.
template <typename T>
inline T projection_floor(T tau, bool keep_zeros) {
  return keep_zeros && tau < 0 ? T(0) : tau;
}

/// Row i of each of a layer's matrices.
template <typename T>
struct Row {
  const T* data[2];
  int count;
  Index size;

  Row() = default;
  Row(const Matrices<const T>& v, Index i) : data{v.row(0, i), v.row(v.count - 1, i)}, count(v.count), size(v.cols) {}

  /// v~_j = max_s |v_sj|
  T envelope(Index j) const {
    const T a = std::abs(data[0][j]);
    const T b = std::abs(data[1][j]);
    return a > b ? a : b;
  }
  template <typename Lanes>
  Vector<T> envelope(Index j, Lanes lanes) const {
    const Vector<T> a = magnitudes(load(data[0] + j, lanes));
    if (count == 1) return a;
    const Vector<T> b = magnitudes(load(data[1] + j, lanes));
    return a > b ? a : b;
  }

  /// d v~_j / d v_sj: sign(v_sj) where it is the larger, half of it at a tie, else 0
  template <typename Lanes>
  Vector<T> slope(int s, Index j, Lanes lanes) const {
    const Vector<T> v = load(data[s] + j, lanes);
    if (count == 1) return signs(v);
    const Vector<T> mine = magnitudes(v), other = magnitudes(load(data[1 - s] + j, lanes));
    const Vector<T> none{};
    return signs(v) * (mine > other ? none + 1 : mine == other ? none + T(0.5) : none);
  }
};

/// |v~|_1 or |v~|_2
template <typename T>
T row_norm(const Row<T>& v, Normalization normalization) {
  Vector<T> total{};
  if (normalization == Normalization::L1) {
    for_vectors<T>(v.size, [&](Index j, auto lanes) { total += v.envelope(j, lanes); });
    return sum_lanes<T>(total);
  }
  for_vectors<T>(v.size, [&](Index j, auto lanes) {
    const Vector<T> t = v.envelope(j, lanes);
    total += t * t;
  });
  return std::sqrt(sum_lanes<T>(total));
}

}  // namespace psilon::cpu::PSILON_LEVEL
