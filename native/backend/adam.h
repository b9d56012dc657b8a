#pragma once

#include "backend/host_and_device.h"
#include "support/view.h"

namespace psilon {

/// A step of Adam for a gradient d (method, section 9):
///   m = beta1 m + fresh1 d;  u = beta2 u + fresh2 d^2;  p -= rate m / (sqrt(u) inverse_root + 1e-8)
/// fresh = 1 - beta, rate = a / (1 - beta1^t), inverse_root = 1 / root, root = sqrt(1 - beta2^t): computed in double
/// and rounded once, as many GPUs have few units for doubles.
template <typename T>
struct AdamRate {
  T beta1, beta2, fresh1, fresh2, rate, inverse_root;

  static AdamRate of(double beta1, double beta2, double rate, double root) {
    return {static_cast<T>(beta1),     static_cast<T>(beta2), static_cast<T>(1 - beta1),
            static_cast<T>(1 - beta2), static_cast<T>(rate),  static_cast<T>(1 / root)};
  }

  // The new m, u and p, of numbers or of vectors of them.
  template <typename V>
  PSILON_HOST_AND_DEVICE V next_m(V m, V d) const {
    return beta1 * m + fresh1 * d;
  }
  template <typename V>
  PSILON_HOST_AND_DEVICE V next_u(V u, V d) const {
    return beta2 * u + fresh2 * d * d;
  }
  template <typename V>
  PSILON_HOST_AND_DEVICE V next_p(V p, V m, V root_of_u) const {
    return p - rate * m / (root_of_u * inverse_root + T(1e-8));
  }
};

/// diverged becomes true if a new p or u is not finite; otherwise it does not change.
template <typename T>
struct Adam {
  Index count;
  const T* gradient;
  T* parameters;
  T* m;
  T* u;
  const AdamRate<T>* rate;
  bool* diverged;
};

/// Adam for the rows of v, as soon as dv is known; norm [rows] is that of the new v, as in RowScales.
template <typename T>
struct AdamRows {
  Matrices<T> v;
  Matrices<T> m;
  Matrices<T> u;
  T* norm;
  const AdamRate<T>* rate;
  bool* diverged;
};

}  // namespace psilon
