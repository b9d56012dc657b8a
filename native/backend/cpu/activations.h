#pragma once

#include "backend/backend.h"
#include "backend/cpu/simd.h"
#include "backend/elements.h"

namespace psilon::cpu::PSILON_LEVEL {

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
