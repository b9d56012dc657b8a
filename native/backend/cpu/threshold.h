#pragma once

#include "backend/cpu/rows.h"
#include "backend/projection.h"

namespace psilon::cpu::PSILON_LEVEL {

/// tau with sum_j max(factor v~_j - tau, 0) = 1
template <typename T>
T threshold(const Row<T>& v, T factor, bool keep_zeros) {
  const auto above = [&](T floor) {
    Vector<T> totals{}, counts{};
    for_vectors<T>(v.size, [&](Index j, Index lanes) {
      const Vector<T> t = factor * v.envelope(j, lanes);
      totals += t > floor ? t : Vector<T>{};
      counts += t > floor ? Vector<T>{} + 1 : Vector<T>{};
    });
    // a partial vector ends in zeros, which do not count
    const T beyond = floor < 0 ? static_cast<T>(round_up(v.size, kLanes<T>) - v.size) : T(0);
    return Support<T>{sum_lanes<T>(totals), sum_lanes<T>(counts) - beyond};
  };
  const auto largest = [&] {
    T value = 0;
    for (Index j = 0; j < v.size; j++) value = larger(v.envelope(j, 1)[0], value);
    return factor * value;
  };
  return find_threshold<T>(v.size, keep_zeros, above, largest);
}

}  // namespace psilon::cpu::PSILON_LEVEL
