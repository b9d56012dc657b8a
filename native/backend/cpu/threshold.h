#pragma once

#include <cmath>
#include <limits>

#include "backend/cpu/rows.h"

namespace psilon::cpu::PSILON_LEVEL {

/// tau with sum_j max(factor v~_j - tau, 0) = 1, without sorting: the mean excess of all entries, then of those above
/// it, until none drops out (Michelot 1986), usually within ten passes. Each pass keeps fewer, so it ends, also where
/// rounding lets an entry at tau in and out.
template <typename T>
T threshold(Row<T> v, T factor, bool keep_zeros) {
  T tau = -std::numeric_limits<T>::infinity();
  T largest = 0;
  for (T kept = static_cast<T>(v.size + 1);;) {
    const T floor = projection_floor(tau, keep_zeros);
    T total = 0, count = 0;
#pragma omp simd reduction(+ : total, count) reduction(max : largest)
    for (Index j = 0; j < v.size; j++) {
      const T t = factor * v.envelope(j);
      total += t > floor ? t : T(0);
      count += t > floor ? T(1) : T(0);
      largest = t > largest ? t : largest;
    }
    if (count >= kept) return tau;
    // Beyond 2^24 (float32) the largest entry less 1 rounds to itself; it stays in the support.
    if (count == 0) return std::nextafter(largest, T(0));
    if (!(total < std::numeric_limits<T>::infinity())) return total;
    tau = (total - 1) / count;
    kept = count;
  }
}

}  // namespace psilon::cpu::PSILON_LEVEL
