#pragma once

#include <math.h>

#include <concepts>
#include <type_traits>

/// Arithmetic of device code that C++ has not under these names.

namespace psilon::cuda_host {

/// Integers of at least 32 bits that differ in their sign at most, as CUDA's overloads take them.
template <typename A, typename B>
concept Comparable = std::integral<A> && std::integral<B> && sizeof(A) >= 4 &&
                     std::same_as<std::make_signed_t<A>, std::make_signed_t<B>>;

}  // namespace psilon::cuda_host

template <typename A, typename B>
  requires psilon::cuda_host::Comparable<A, B>
constexpr std::common_type_t<A, B> min(A a, B b) {
  const std::common_type_t<A, B> x = a, y = b;
  return x < y ? x : y;
}
template <typename A, typename B>
  requires psilon::cuda_host::Comparable<A, B>
constexpr std::common_type_t<A, B> max(A a, B b) {
  const std::common_type_t<A, B> x = a, y = b;
  return x < y ? y : x;
}
/// The other one if one is NaN.
template <std::floating_point A, std::floating_point B>
std::common_type_t<A, B> min(A a, B b) {
  return std::fmin(a, b);
}
template <std::floating_point A, std::floating_point B>
std::common_type_t<A, B> max(A a, B b) {
  return std::fmax(a, b);
}

/// Templates, as the C library may have functions of these names.
template <std::same_as<float> T>
T rsqrtf(T x) {
  return 1 / std::sqrt(x);
}
template <std::same_as<double> T>
T rsqrt(T x) {
  return 1 / std::sqrt(x);
}

inline double __dmul_rn(double a, double b) { return a * b; }
inline float __fadd_rn(float a, float b) { return a + b; }
inline float __fsub_rn(float a, float b) { return a - b; }
inline float __fmul_rn(float a, float b) { return a * b; }
inline float __fmaf_rn(float a, float b, float c) { return std::fma(a, b, c); }
inline float __fsqrt_rn(float x) { return std::sqrt(x); }
