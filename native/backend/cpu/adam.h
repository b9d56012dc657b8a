#pragma once

#include "backend/backend.h"
#include "backend/cpu/simd.h"

namespace psilon::cpu::PSILON_LEVEL {

/// A step of Adam, vector by vector.
template <typename T>
class AdamStep {
 public:
  explicit AdamStep(const AdamRate<T>& rate) : at_(rate) {}

  /// Updates `lanes` moments and parameters for gradients d; returns the new parameters.
  template <typename Lanes>
  Vector<T> apply(Vector<T> d, T* parameters, T* m, T* u, Lanes lanes) {
    const Vector<T> first = at_.next_m(load(m, lanes), d), second = at_.next_u(load(u, lanes), d);
    const Vector<T> p = at_.next_p(load(parameters, lanes), first, square_root(second));
    store<T>(m, first, lanes);
    store<T>(u, second, lanes);
    store<T>(parameters, p, lanes);
    diverged_ += (p + second) * T(0);
    return p;
  }

  /// Whether every new parameter and second moment was.
  bool finite() const { return sum_lanes<T>(diverged_) == 0; }

 private:
  const AdamRate<T> at_;
  Vector<T> diverged_{};  // zeros, or NaN
};

}  // namespace psilon::cpu::PSILON_LEVEL
