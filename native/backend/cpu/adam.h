#pragma once

#include <cmath>

#include "backend/backend.h"

namespace psilon::cpu::PSILON_LEVEL {

/// One step of Adam for `count` parameters. Returns 0 if every new parameter and second moment is finite, NaN otherwise.
template <typename T>
T adam_range(const AdamRate& at, Index count, const T* __restrict gradient, T* __restrict parameters, T* __restrict m,
             T* __restrict u) {
  const T beta1 = static_cast<T>(at.beta1);
  const T beta2 = static_cast<T>(at.beta2);
  const T fresh1 = static_cast<T>(1 - at.beta1);
  const T fresh2 = static_cast<T>(1 - at.beta2);
  const T rate = static_cast<T>(at.rate);
  const T root = static_cast<T>(at.root);
  const T epsilon = static_cast<T>(1e-8);
  T stray = 0;
#pragma omp simd reduction(+ : stray)
  for (Index i = 0; i < count; i++) {
    const T d = gradient[i];
    const T first = beta1 * m[i] + fresh1 * d;
    const T second = beta2 * u[i] + fresh2 * d * d;
    const T parameter = parameters[i] - rate * first / (std::sqrt(second) / root + epsilon);
    m[i] = first;
    u[i] = second;
    parameters[i] = parameter;
    stray += (parameter - parameter) + (second - second);
  }
  return stray;
}

}  // namespace psilon::cpu::PSILON_LEVEL
