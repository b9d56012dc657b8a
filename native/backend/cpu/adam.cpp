/// One step of Adam (method, section 9).

#include <atomic>
#include <cmath>

#include "backend/cpu/cpu_backend.h"

namespace psilon::cpu::PSILON_LEVEL {

namespace {

/// Returns 0 if every new parameter and second moment is finite, NaN otherwise.
template <typename T>
T adam_range(const Adam<T>& op, Index begin, Index end) {
  const T* __restrict gradient = op.gradient;
  T* __restrict parameters = op.parameters;
  T* __restrict m = op.m;
  T* __restrict u = op.u;
  const T beta1 = static_cast<T>(op.beta1);
  const T beta2 = static_cast<T>(op.beta2);
  const T fresh1 = static_cast<T>(1 - op.beta1);
  const T fresh2 = static_cast<T>(1 - op.beta2);
  const T rate = static_cast<T>(op.rate);
  const T root = static_cast<T>(op.root);
  const T epsilon = static_cast<T>(1e-8);
  T stray = 0;
#pragma omp simd reduction(+ : stray)
  for (Index i = begin; i < end; i++) {
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

}  // namespace

template <typename T>
void CpuBackend<T>::adam(const Adam<T>& op) {
  std::atomic<bool> finite = true;
  pool_.run(op.count, 8192, [&](Index begin, Index end, int) {
    if (adam_range(op, begin, end) != 0) finite = false;
  });
  *op.finite = finite;
}

template void CpuBackend<float>::adam(const Adam<float>&);
template void CpuBackend<double>::adam(const Adam<double>&);

}  // namespace psilon::cpu::PSILON_LEVEL
