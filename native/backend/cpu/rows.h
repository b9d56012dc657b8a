#pragma once

#include <cmath>

#include "support/view.h"

namespace psilon::cpu::PSILON_LEVEL {

template <typename T>
inline T sign(T x) {
  return static_cast<T>((x > 0) - (x < 0));
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

  Row(const Matrices<const T>& v, Index i) : data{v.row(0, i), v.row(v.count - 1, i)}, count(v.count), size(v.cols) {}

  /// v~_j = max_s |v_sj|
  T envelope(Index j) const {
    const T a = std::abs(data[0][j]);
    const T b = std::abs(data[1][j]);
    return a > b ? a : b;
  }

  /// d v~_j / d v_sj: sign(v_sj) where it is the larger, half of it at a tie, else 0
  T slope(int s, Index j) const {
    if (count == 1) return sign(data[0][j]);
    const T mine = std::abs(data[s][j]);
    const T other = std::abs(data[1 - s][j]);
    return sign(data[s][j]) * (mine > other ? T(1) : mine == other ? T(0.5) : T(0));
  }
};

}  // namespace psilon::cpu::PSILON_LEVEL
