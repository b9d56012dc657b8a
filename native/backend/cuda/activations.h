#pragma once

#include <cuda_runtime.h>

#include "backend/operations.h"

namespace psilon::cuda {

/// act_s(z); NaN stays NaN.
template <typename T>
__device__ T activate(Activation activation, int s, T z) {
  if (activation == Activation::Identity) return z;
  if (s == 0) return z < 0 ? T(0) : z;
  return z > 0 ? T(0) : z;
}

}  // namespace psilon::cuda
