#pragma once

#include <cmath>

#include "backend/cuda/rows.h"

namespace psilon::cuda {

template <typename T>
__device__ T largest(const Row<T>& v) {
  T largest = 0;
  for_own(v.size, [&](Index j) { largest = larger(v.envelope(j), largest); });
  return max_block(largest);
}

/// tau with sum_j max(factor v~_j - tau, 0) = 1, without sorting: the mean excess of all entries, then of those above
/// it, until none drops out (Michelot 1986), usually within ten passes. Each pass keeps fewer, so it ends, also where
/// rounding lets an entry at tau in and out. All threads of the block have the same sums, so they end together.
template <typename T>
__device__ T threshold(const Row<T>& v, T factor, bool keep_zeros) {
  constexpr T infinity = INFINITY;
  T tau = -infinity;
  for (T kept = static_cast<T>(v.size + 1);;) {
    const T floor = projection_floor(tau, keep_zeros);
    T total = 0, count = 0;
    for_own(v.size, [&](Index j) {
      const T t = factor * v.envelope(j);
      if (!(t > floor)) return;
      total += t;
      count += 1;
    });
    total = sum_block(total);
    count = sum_block(count);
    if (count >= kept) return tau;
    // Beyond 2^24 (float32) the largest entry less 1 rounds to itself; it stays in the support.
    if (count == 0) return nextafter(factor * largest(v), T(0));
    if (!(total < infinity)) return total;
    tau = (total - 1) / count;
    kept = count;
  }
}

}  // namespace psilon::cuda
