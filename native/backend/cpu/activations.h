#pragma once

#include "backend/backend.h"
#include "backend/cpu/simd.h"

namespace psilon::cpu::PSILON_LEVEL {

/// Of a number, or of each in a vector.
template <typename V>
inline V positive_half(V z) {
  return z < 0 ? V{} : z;  // NaN stays NaN
}

template <typename V>
inline V negative_half(V z) {
  return z > 0 ? V{} : z;
}

/// Calls use(f) with the function of vectors that act_s is.
template <typename T, typename Use>
void with_activation(Activation activation, int s, const Use& use) {
  if (activation == Activation::Identity)
    use([](Vector<T> x) { return x; });
  else if (s == 0)
    use([](Vector<T> x) { return positive_half(x); });
  else
    use([](Vector<T> x) { return negative_half(x); });
}

}  // namespace psilon::cpu::PSILON_LEVEL
