#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>

/// PTX's types, and its arithmetic where C++ has another or none.
namespace psilon::ptx {

using u8 = std::uint8_t;
using u16 = std::uint16_t;
using u32 = std::uint32_t;
using u64 = std::uint64_t;
using s8 = std::int8_t;
using s16 = std::int16_t;
using s32 = std::int32_t;
using s64 = std::int64_t;
using f32 = float;
using f64 = double;

/// The same bits.
template <typename To, typename From>
constexpr To as(From x) {
  return __builtin_bit_cast(To, x);
}

template <typename T>
T load(const unsigned char* at) {
  T x;
  std::memcpy(&x, at, sizeof x);
  return x;
}
template <typename T>
void store(unsigned char* at, T x) {
  std::memcpy(at, &x, sizeof x);
}

template <typename T>
T shift_left(T x, u32 by) {
  return by < 8 * sizeof x ? static_cast<T>(x << by) : T(0);
}
template <typename T>
T shift_right(T x, u32 by) {
  return by < 8 * sizeof x ? static_cast<T>(x >> by) : static_cast<T>(x < 0 ? -1 : 0);
}

inline f32 fma_rn(f32 a, f32 b, f32 c) { return __builtin_fmaf(a, b, c); }
inline f64 fma_rn(f64 a, f64 b, f64 c) { return __builtin_fma(a, b, c); }
inline f32 sqrt_rn(f32 x) { return __builtin_sqrtf(x); }
inline f64 sqrt_rn(f64 x) { return __builtin_sqrt(x); }
inline f32 magnitude(f32 x) { return __builtin_fabsf(x); }
inline f64 magnitude(f64 x) { return __builtin_fabs(x); }

/// Rounded down; rounded to 0.
f32 fma_rm(f32 a, f32 b, f32 c);
f32 add_rz(f32 a, f32 b);

/// The other one if one is NaN; -0 is smaller than 0.
template <typename T>
T smaller(T a, T b) {
  return a < b || b != b || (a == b && std::signbit(a)) ? a : b;
}
template <typename T>
T larger(T a, T b) {
  return a > b || b != b || (a == b && std::signbit(b)) ? a : b;
}
/// To [0, 1]; a NaN to 0.
inline f32 saturate(f32 x) { return x > 0 ? (x < 1 ? x : 1) : 0; }

inline f32 flush(f32 x) {
  return x != 0 && magnitude(x) < std::numeric_limits<f32>::min() ? std::copysign(0.0f, x) : x;
}
/// A device has an error of up to 2 units in the last place.
inline f32 ex2_approx_ftz(f32 x) { return flush(static_cast<f32>(std::exp2(static_cast<f64>(flush(x))))); }
/// From and to the upper halves of numbers.
inline f64 rcp_approx_ftz(f64 x) {
  constexpr u64 kUpper = ~u64{0} << 32;
  const f64 result = 1 / as<f64>(as<u64>(x) & kUpper);
  return result == 0 || magnitude(result) >= std::numeric_limits<f64>::min() ? as<f64>(as<u64>(result) & kUpper)
                                                                             : std::copysign(0.0, result);
}

/// Towards 0, to the nearest integer that there is. A NaN is 0, or with 64 bits on either side 2 to the highest bit.
template <typename To, typename From>
To to_integer(From x) {
  using Limits = std::numeric_limits<To>;
  if (x != x)
    return sizeof(To) == 8 || sizeof x == 8 ? static_cast<To>(std::make_unsigned_t<To>{1} << (8 * sizeof(To) - 1)) : 0;
  if (x <= static_cast<From>(Limits::min())) return Limits::min();
  if (x >= static_cast<From>(Limits::max())) return Limits::max();
  return static_cast<To>(x);
}

}  // namespace psilon::ptx
