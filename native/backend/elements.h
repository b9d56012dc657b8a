#pragma once

#include <type_traits>

#include "backend/host_and_device.h"

/// Functions of an element, on every device: of a number, or of each in a vector.
namespace psilon::inline PSILON_FORMULAS {

template <typename V>
PSILON_HOST_AND_DEVICE inline V sign(V x) {
  return x > 0 ? V{} + 1 : x < 0 ? V{} - 1 : V{};
}

template <typename V>
PSILON_HOST_AND_DEVICE inline V magnitude(V x) {
  if constexpr (std::is_arithmetic_v<V>) {
    return x < 0 ? -x : x;
  } else {  // gcc makes a comparison and a choice of that
    typedef decltype(x < x) Bits;
    return (V)((Bits)x & ~(Bits)-V{});
  }
}

template <typename V>
PSILON_HOST_AND_DEVICE inline V larger(V a, V b) {
  return a > b ? a : b;
}

/// d max(|v|, |other|) / d v (method, section 3): sign(v) where |v| is the larger, half of it at a tie, else 0
template <typename V>
PSILON_HOST_AND_DEVICE inline V slope_of_larger(V v, V other) {
  const V mine = magnitude(v), others = magnitude(other);
  return sign(v) * (mine > others ? V{} + 1 : mine == others ? (V{} + 1) / 2 : V{});
}

/// max(z, 0); NaN stays NaN.
template <typename V>
PSILON_HOST_AND_DEVICE inline V positive_half(V z) {
  return z < 0 ? V{} : z;
}

/// min(z, 0)
template <typename V>
PSILON_HOST_AND_DEVICE inline V negative_half(V z) {
  return z > 0 ? V{} : z;
}

}  // namespace psilon::inline PSILON_FORMULAS
