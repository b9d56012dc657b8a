#pragma once

#include <cmath>

#include "backend/backend.h"
#include "backend/cpu/simd.h"
#include "backend/elements.h"

namespace psilon::cpu::PSILON_LEVEL {

/// Row i of each of a layer's matrices.
template <typename T>
struct Row {
  const T* data[2];
  int count;
  Index size;

  Row() = default;
  Row(const Matrices<const T>& v, Index i) : data{v.row(0, i), v.row(v.count - 1, i)}, count(v.count), size(v.cols) {}

  /// v~_j = max_s |v_sj|
  template <typename Lanes>
  Vector<T> envelope(Index j, Lanes lanes) const {
    const Vector<T> a = magnitude(load(data[0] + j, lanes));
    return count == 1 ? a : larger(a, magnitude(load(data[1] + j, lanes)));
  }

  /// d v~_j / d v_sj
  template <typename Lanes>
  Vector<T> slope(int s, Index j, Lanes lanes) const {
    const Vector<T> v = load(data[s] + j, lanes);
    return count == 1 ? sign(v) : slope_of_larger(v, load(data[1 - s] + j, lanes));
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
