#pragma once

#include <cmath>

#include "backend/elements.h"
#include "backend/operations.h"

/// Projection of raw rows (method, section 7), on every device.
namespace psilon::inline PSILON_FORMULAS {

/// What |v| must exceed to have a projection other than 0.
template <typename T>
PSILON_HOST_AND_DEVICE inline T projection_floor(T tau, bool keep_zeros) {
  return keep_zeros && tau < 0 ? T(0) : tau;
}

/// s x [|v| > floor], s = -1 where v < 0 and +1 elsewhere; with x = |v| - tau the projection of v.
template <typename V, typename T>
PSILON_HOST_AND_DEVICE inline V project(V v, V x, T floor) {
  return magnitude(v) > floor ? (v < 0 ? -x : x) : V{};
}

/// Row i of a Blend.
template <typename T>
struct BlendRow {
  T scale, length, tau, floor;

  PSILON_HOST_AND_DEVICE BlendRow(const Blend<T>& op, Index i) : tau(op.tau[i]) {
    const T alpha = op.alpha == nullptr ? T(1) : *op.alpha;
    scale = (1 - alpha) * (op.scale == nullptr ? T(1) : op.scale[i]);
    length = alpha * (op.g == nullptr ? T(1) : op.g[op.shared ? 0 : i]);
    floor = projection_floor(tau, op.keep_zeros);
  }

  template <typename V>
  PSILON_HOST_AND_DEVICE V operator()(V v) const {
    return scale * v + length * project(v, magnitude(v) - tau, floor);
  }
};

/// Entries of a row that exceed a floor: their sum, and how many they are.
template <typename T>
struct Support {
  T total, count;
};

/// tau with sum_j max(t_j - tau, 0) = 1 for `size` entries t, without sorting: the mean excess of all entries, then of
/// those above it, until none drops out (Michelot 1986), usually within ten passes. Each pass keeps fewer, so it ends,
/// also where rounding lets an entry at tau in and out. above(floor) returns a Support, largest() the largest entry.
template <typename T, typename Above, typename Largest>
PSILON_HOST_AND_DEVICE T find_threshold(Index size, bool keep_zeros, const Above& above, const Largest& largest) {
  constexpr T infinity = INFINITY;
  T tau = -infinity;
  for (T kept = static_cast<T>(size + 1);;) {
    const Support<T> support = above(projection_floor(tau, keep_zeros));
    if (support.count >= kept) return tau;
    // Beyond 2^24 (float32) the largest entry less 1 rounds to itself; it stays in the support.
    if (support.count == 0) return std::nextafter(largest(), T(0));
    if (!(support.total < infinity)) return support.total;
    tau = (support.total - 1) / support.count;
    kept = support.count;
  }
}

}  // namespace psilon::inline PSILON_FORMULAS
