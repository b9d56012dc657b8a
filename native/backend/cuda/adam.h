#pragma once

#include <cuda_runtime.h>

#include "backend/operations.h"

namespace psilon::cuda {

/// A step of Adam for one element after the other.
template <typename T>
class AdamStep {
 public:
  __device__ explicit AdamStep(const AdamRate<T>& rate) : at_(rate) {}

  /// Updates the moments and the parameter for its gradient d; returns the new parameter.
  __device__ T apply(T d, T* parameter, T* m, T* u) {
    const T first = at_.next_m(*m, d), second = at_.next_u(*u, d);
    const T p = at_.next_p(*parameter, first, sqrt(second));
    *m = first;
    *u = second;
    *parameter = p;
    diverged_ += (p + second) * T(0);
    return p;
  }

  /// Whether every new parameter and second moment was.
  __device__ bool finite() const { return diverged_ == 0; }

 private:
  const AdamRate<T> at_;
  T diverged_ = 0;  // 0 or NaN
};

}  // namespace psilon::cuda
