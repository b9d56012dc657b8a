#pragma once

#include "backend/backend.h"
#include "backend/cpu/simd.h"

namespace psilon::cpu::PSILON_LEVEL {

/// A step of Adam, vector by vector.
template <typename T>
class AdamStep {
 public:
  explicit AdamStep(const AdamRate& at)
      : beta1_(static_cast<T>(at.beta1)),
        beta2_(static_cast<T>(at.beta2)),
        fresh1_(static_cast<T>(1 - at.beta1)),
        fresh2_(static_cast<T>(1 - at.beta2)),
        rate_(static_cast<T>(at.rate)),
        inverse_root_(static_cast<T>(1 / at.root)) {}

  /// Updates `lanes` moments and parameters for gradients d; returns the new parameters.
  template <typename Lanes>
  Vector<T> apply(Vector<T> d, T* parameters, T* m, T* u, Lanes lanes) {
    const Vector<T> first = beta1_ * load(m, lanes) + fresh1_ * d;
    const Vector<T> second = beta2_ * load(u, lanes) + fresh2_ * d * d;
    const Vector<T> p = load(parameters, lanes) - rate_ * first / (square_root(second) * inverse_root_ + T(1e-8));
    store<T>(m, first, lanes);
    store<T>(u, second, lanes);
    store<T>(parameters, p, lanes);
    diverged_ += (p + second) * T(0);
    return p;
  }

  /// Whether every new parameter and second moment was.
  bool finite() const { return sum_lanes<T>(diverged_) == 0; }

 private:
  T beta1_, beta2_, fresh1_, fresh2_, rate_, inverse_root_;
  Vector<T> diverged_{};  // zeros, or NaN
};

}  // namespace psilon::cpu::PSILON_LEVEL
