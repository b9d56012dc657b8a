#pragma once

#include "backend/cuda/rows.h"
#include "backend/projection.h"

namespace psilon::cuda {

/// tau with sum_j max(factor v~_j - tau, 0) = 1. All threads of the block have the same sums, so they end together.
template <typename T>
__device__ T threshold(const Row<T>& v, T factor, bool keep_zeros) {
  const auto above = [&](T floor) {
    T total = 0, count = 0;
    for_own(v.size, [&](Index j) {
      const T t = factor * v.envelope(j);
      if (!(t > floor)) return;
      total += t;
      count += 1;
    });
    return Support<T>{sum_block(total), sum_block(count)};
  };
  const auto largest = [&] {
    T value = 0;
    for_own(v.size, [&](Index j) { value = larger(v.envelope(j), value); });
    return factor * max_block(value);
  };
  return find_threshold<T>(v.size, keep_zeros, above, largest);
}

}  // namespace psilon::cuda
