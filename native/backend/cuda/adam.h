#pragma once

#include <cuda_runtime.h>

#include "backend/operations.h"

namespace psilon::cuda {

/// A step of Adam for one element after the other.
template <typename T>
class AdamStep {
 public:
  __device__ explicit AdamStep(const AdamRate& at)
      : beta1_(static_cast<T>(at.beta1)),
        beta2_(static_cast<T>(at.beta2)),
        fresh1_(static_cast<T>(1 - at.beta1)),
        fresh2_(static_cast<T>(1 - at.beta2)),
        rate_(static_cast<T>(at.rate)),
        inverse_root_(static_cast<T>(1 / at.root)) {}

  /// Updates the moments and the parameter for its gradient d; returns the new parameter.
  __device__ T apply(T d, T* parameter, T* m, T* u) {
    const T first = beta1_ * *m + fresh1_ * d;
    const T second = beta2_ * *u + fresh2_ * d * d;
    const T p = *parameter - rate_ * first / (sqrt(second) * inverse_root_ + T(1e-8));
    *m = first;
    *u = second;
    *parameter = p;
    diverged_ += (p + second) * T(0);
    return p;
  }

  /// Whether every new parameter and second moment was.
  __device__ bool finite() const { return diverged_ == 0; }

 private:
  T beta1_, beta2_, fresh1_, fresh2_, rate_, inverse_root_;
  T diverged_ = 0;  // 0 or NaN
};

}  // namespace psilon::cuda
