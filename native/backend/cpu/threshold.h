#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

#include "backend/cpu/rows.h"

namespace psilon::cpu::PSILON_LEVEL {

template <typename T>
T largest(const Row<T>& v) {
  T value = 0;
  for (Index j = 0; j < v.size; j++) value = std::max(value, v.envelope(j));
  return value;
}

/// tau with sum_j max(factor v~_j - tau, 0) = 1, without sorting: the mean excess of all entries, then of those above
/// it, until none drops out (Michelot 1986), usually within ten passes. Each pass keeps fewer, so it ends, also where
/// rounding lets an entry at tau in and out.
template <typename T>
T threshold(const Row<T>& v, T factor, bool keep_zeros) {
  T tau = -std::numeric_limits<T>::infinity();
  for (T kept = static_cast<T>(v.size + 1);;) {
    const T floor = projection_floor(tau, keep_zeros);
    Vector<T> totals{}, counts{};
    for_vectors<T>(v.size, [&](Index j, Index lanes) {
      const Vector<T> t = factor * v.envelope(j, lanes);
      totals += t > floor ? t : Vector<T>{};
      counts += t > floor ? Vector<T>{} + 1 : Vector<T>{};
    });
    // a partial vector ends in zeros, which do not count
    const T beyond = floor < 0 ? static_cast<T>(round_up(v.size, kLanes<T>) - v.size) : T(0);
    const T total = sum_lanes<T>(totals), count = sum_lanes<T>(counts) - beyond;
    if (count >= kept) return tau;
    // Beyond 2^24 (float32) the largest entry less 1 rounds to itself; it stays in the support.
    if (count == 0) return std::nextafter(factor * largest(v), T(0));
    if (!(total < std::numeric_limits<T>::infinity())) return total;
    tau = (total - 1) / count;
    kept = count;
  }
}

}  // namespace psilon::cpu::PSILON_LEVEL
