#pragma once

#include "backend/backend.h"
#include "backend/cpu/simd.h"

namespace psilon::cpu::PSILON_LEVEL {

template <typename T>
inline Vector<T> positive_half(Vector<T> z) {
  return z < 0 ? Vector<T>{} : z;  // NaN stays NaN
}

template <typename T>
inline Vector<T> negative_half(Vector<T> z) {
  return z > 0 ? Vector<T>{} : z;
}

/// Calls use(f) with the function of vectors that act_s is.
template <typename T, typename Use>
void with_activation(Activation activation, int s, const Use& use) {
  if (activation == Activation::Identity)
    use([](Vector<T> x) { return x; });
  else if (s == 0)
    use([](Vector<T> x) { return positive_half<T>(x); });
  else
    use([](Vector<T> x) { return negative_half<T>(x); });
}

}  // namespace psilon::cpu::PSILON_LEVEL
