#pragma once

#include <cmath>

#include "backend/elements.h"
#include "backend/operations.h"

namespace psilon::inline PSILON_FORMULAS {

/// Row i of the non-negative matrix M of a layer (method, section 5), which is never stored, on every device.
template <typename T>
struct PathRow {
  const T* v[2];
  Bound bound;
  bool add;  // |a| + |b|, where there are two matrices
  T scale;

  PSILON_HOST_AND_DEVICE PathRow(const PathProduct<T>& op, Index i)
      : v{op.w.m.data[0] + i * op.w.m.cols, op.w.m.data[op.w.m.count - 1] + i * op.w.m.cols},
        bound(op.bound),
        add(op.bound == Bound::Original && op.w.m.count == 2),
        scale(op.w.scale == nullptr ? T(1) : op.w.scale[i]) {}

  /// M_ij without I is length() times this.
  PSILON_HOST_AND_DEVICE T entry(Index j) const {
    const T a = std::abs(v[0][j]), b = std::abs(v[1][j]);
    return add ? a + b : larger(a, b);
  }
  PSILON_HOST_AND_DEVICE T length() const { return std::abs(scale); }

  /// M_jj of a residual block.
  PSILON_HOST_AND_DEVICE T diagonal(Index j) const {
    const T a = scale * v[0][j], b = scale * v[1][j];
    switch (bound) {
      case Bound::Original:
        return std::abs(1 + a) + std::abs(1 + b);
      case Bound::Improved:
        return 1 + larger(std::abs(a), std::abs(b));
      case Bound::Tight:
        return larger(std::abs(1 + a), std::abs(1 + b));
    }
    return NAN;
  }
};

}  // namespace psilon::inline PSILON_FORMULAS
