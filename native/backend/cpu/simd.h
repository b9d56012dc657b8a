#pragma once

#if defined(__x86_64__)
#include <immintrin.h>
#else
#include <arm_neon.h>
#endif

#include <cstdint>
#include <cstring>
#include <utility>

#include "support/view.h"

/// Vectors of the instruction set that this file is compiled for, by the vector extension of gcc and clang.
namespace psilon::cpu::PSILON_LEVEL {

#if defined(__AVX512F__)
inline constexpr int kVectorBytes = 64;
inline constexpr Index kTileRows = 14;                // 28 of 32 registers hold the tile
inline constexpr Index kFirstLevelBytes = 46 * 1024;  // of 48 KiB
#elif defined(__AVX2__)
inline constexpr int kVectorBytes = 32;
inline constexpr Index kTileRows = 6;  // 12 of 16
#elif defined(__aarch64__)
inline constexpr int kVectorBytes = 16;
inline constexpr Index kTileRows = 12;  // 24 of 32
#else
inline constexpr int kVectorBytes = 16;
inline constexpr Index kTileRows = 4;  // 8 of 16, as there is no fused multiply-add
#endif
inline constexpr Index kTileVectors = 2;
#if !defined(__AVX512F__)
inline constexpr Index kFirstLevelBytes = 30 * 1024;
#endif

template <typename T>
struct VectorOf;
template <>
struct VectorOf<float> {
  typedef float type __attribute__((vector_size(kVectorBytes)));
};
template <>
struct VectorOf<double> {
  typedef double type __attribute__((vector_size(kVectorBytes)));
};
template <typename T>
using Vector = typename VectorOf<T>::type;

template <typename T>
inline constexpr Index kLanes = kVectorBytes / static_cast<Index>(sizeof(T));
template <typename T>
inline constexpr Index kTileColumns = kTileVectors * kLanes<T>;

constexpr Index round_up(Index count, Index multiple) { return (count + multiple - 1) / multiple * multiple; }

#if defined(__AVX2__) && !defined(__AVX512F__)
/// All bits of the first `count` lanes.
template <typename T>
inline __m256i first_lanes(Index count) {
  if constexpr (sizeof(T) == 4)
    return _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(count)), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
  else
    return _mm256_cmpgt_epi64(_mm256_set1_epi64x(count), _mm256_setr_epi64x(0, 1, 2, 3));
}
#endif

/// A vector of which the lanes from `count` on are 0 and not read from memory.
template <typename T>
inline Vector<T> load_part(const T* from, Index count) {
#if defined(__AVX512F__)
  if constexpr (sizeof(T) == 4)
    return _mm512_maskz_loadu_ps(static_cast<__mmask16>((1u << count) - 1), from);
  else
    return _mm512_maskz_loadu_pd(static_cast<__mmask8>((1u << count) - 1), from);
#elif defined(__AVX2__)
  if constexpr (sizeof(T) == 4)
    return _mm256_maskload_ps(from, first_lanes<T>(count));
  else
    return _mm256_maskload_pd(from, first_lanes<T>(count));
#else
  Vector<T> v{};
  std::memcpy(&v, from, static_cast<std::size_t>(count) * sizeof(T));
  return v;
#endif
}

template <typename T>
inline void store_part(T* to, Vector<T> v, Index count) {
#if defined(__AVX512F__)
  if constexpr (sizeof(T) == 4)
    _mm512_mask_storeu_ps(to, static_cast<__mmask16>((1u << count) - 1), v);
  else
    _mm512_mask_storeu_pd(to, static_cast<__mmask8>((1u << count) - 1), v);
#elif defined(__AVX2__)
  if constexpr (sizeof(T) == 4)
    _mm256_maskstore_ps(to, first_lanes<T>(count), v);
  else
    _mm256_maskstore_pd(to, first_lanes<T>(count), v);
#else
  std::memcpy(to, &v, static_cast<std::size_t>(count) * sizeof(T));
#endif
}

/// The first `count` lanes, at most all.
template <typename T>
inline Vector<T> load(const T* from, Index count = kLanes<T>) {
  if (count < kLanes<T>) return load_part(from, count);
  Vector<T> v;
  std::memcpy(&v, from, sizeof v);
  return v;
}

template <typename T>
inline void store(T* to, Vector<T> v, Index count = kLanes<T>) {
  if (count < kLanes<T>) return store_part(to, v, count);
  std::memcpy(to, &v, sizeof v);
}

/// use(j, lanes) for each vector of `size` elements; `lanes` is a constant but for the last, partial one.
template <typename T, typename Use>
inline void for_vectors(Index size, const Use& use) {
  Index j = 0;
  for (; j + kLanes<T> <= size; j += kLanes<T>) use(j, std::integral_constant<Index, kLanes<T>>());
  if (j < size) use(j, size - j);
}

#if defined(__AVX512F__)
inline Vector<float> square_root(Vector<float> v) { return _mm512_maskz_sqrt_ps(0xffff, v); }
inline Vector<double> square_root(Vector<double> v) { return _mm512_maskz_sqrt_pd(0xff, v); }
#elif defined(__AVX2__)
inline Vector<float> square_root(Vector<float> v) { return _mm256_sqrt_ps(v); }
inline Vector<double> square_root(Vector<double> v) { return _mm256_sqrt_pd(v); }
#elif defined(__aarch64__)
inline Vector<float> square_root(Vector<float> v) { return vsqrtq_f32(v); }
inline Vector<double> square_root(Vector<double> v) { return vsqrtq_f64(v); }
#else
inline Vector<float> square_root(Vector<float> v) { return _mm_sqrt_ps(v); }
inline Vector<double> square_root(Vector<double> v) { return _mm_sqrt_pd(v); }
#endif

/// The sum of the low and the high half, as doubles.
inline Vector<double> fold_to_double(Vector<float> v) {
#if defined(__AVX512F__)
  const __m256 low = _mm512_maskz_extractf32x8_ps(0xff, v, 0), high = _mm512_maskz_extractf32x8_ps(0xff, v, 1);
  return _mm512_maskz_cvtps_pd(0xff, low) + _mm512_maskz_cvtps_pd(0xff, high);
#elif defined(__AVX2__)
  return _mm256_cvtps_pd(_mm256_castps256_ps128(v)) + _mm256_cvtps_pd(_mm256_extractf128_ps(v, 1));
#elif defined(__aarch64__)
  return vcvt_f64_f32(vget_low_f32(v)) + vcvt_high_f64_f32(v);
#else
  return _mm_cvtps_pd(v) + _mm_cvtps_pd(_mm_movehl_ps(v, v));
#endif
}
inline Vector<double> fold_to_double(Vector<double> v) { return v; }

/// A bit for each lane, set where it is not 0; NaN is not.
template <typename T>
inline std::uint32_t nonzero_lanes(Vector<T> v) {
#if defined(__AVX512F__)
  if constexpr (sizeof(T) == 4)
    return _mm512_cmp_ps_mask(v, Vector<T>{}, _CMP_NEQ_UQ);
  else
    return _mm512_cmp_pd_mask(v, Vector<T>{}, _CMP_NEQ_UQ);
#elif defined(__AVX2__)
  if constexpr (sizeof(T) == 4)
    return static_cast<std::uint32_t>(_mm256_movemask_ps(_mm256_cmp_ps(v, Vector<T>{}, _CMP_NEQ_UQ)));
  else
    return static_cast<std::uint32_t>(_mm256_movemask_pd(_mm256_cmp_pd(v, Vector<T>{}, _CMP_NEQ_UQ)));
#else
  std::uint32_t bits = 0;
  for (int lane = 0; lane < kLanes<T>; lane++) bits |= std::uint32_t{v[lane] != 0} << lane;
  return bits;
#endif
}

/// Some of the lanes of a vector.
#if defined(__AVX512F__)
template <typename T>
using Lanes = std::conditional_t<sizeof(T) == 4, __mmask16, __mmask8>;
#else
template <typename T>
using Lanes = decltype(Vector<T>{} < Vector<T>{});
#endif

template <typename T>
inline Lanes<T> negative_lanes(Vector<T> v) {
#if defined(__AVX512F__)
  if constexpr (sizeof(T) == 4)
    return _mm512_cmp_ps_mask(v, Vector<T>{}, _CMP_LT_OQ);
  else
    return _mm512_cmp_pd_mask(v, Vector<T>{}, _CMP_LT_OQ);
#else
  return v < Vector<T>{};
#endif
}

/// `yes` in these lanes, `no` in all others.
template <typename T>
inline Vector<T> choose(Lanes<T> lanes, Vector<T> yes, Vector<T> no) {
#if defined(__AVX512F__)
  if constexpr (sizeof(T) == 4)
    return _mm512_mask_blend_ps(lanes, no, yes);
  else
    return _mm512_mask_blend_pd(lanes, no, yes);
#else
  return lanes ? yes : no;
#endif
}

namespace detail {

template <typename V, std::size_t... I>
inline V zip(V a, V b, std::size_t first, std::index_sequence<I...>) {
  constexpr std::size_t n = sizeof...(I);
#if defined(__clang__)
  if (first == 0) return __builtin_shufflevector(a, b, (I / 2 + (I % 2) * n)...);
  return __builtin_shufflevector(a, b, (n / 2 + I / 2 + (I % 2) * n)...);
#else
  typedef decltype(a < b) Mask;
  if (first == 0) return __builtin_shuffle(a, b, Mask{(I / 2 + (I % 2) * n)...});
  return __builtin_shuffle(a, b, Mask{(n / 2 + I / 2 + (I % 2) * n)...});
#endif
}

/// Lane l of the result is lane l + kShift of v, beyond the end from its beginning.
template <Index kShift, typename V, std::size_t... I>
inline V rotate(V v, std::index_sequence<I...>) {
  constexpr std::size_t n = sizeof...(I);
#if defined(__clang__)
  return __builtin_shufflevector(v, v, ((I + kShift) % n)...);
#else
  typedef decltype(v < v) Mask;
  return __builtin_shuffle(v, Mask{((I + kShift) % n)...});
#endif
}

/// Lane l of the result is the sum of the lanes l + i kLast of v.
template <typename T, Index kHalf, Index kLast = 1>
inline Vector<T> fold(Vector<T> v) {
  v += rotate<kHalf>(v, std::make_index_sequence<static_cast<std::size_t>(kLanes<T>)>());
  if constexpr (kHalf > kLast) return fold<T, kHalf / 2, kLast>(v);
  return v;
}

}  // namespace detail

template <typename T>
inline T sum_lanes(Vector<T> v) {
  return detail::fold<T, kLanes<T> / 2>(v)[0];
}

/// Lane i of the result is the sum of the lanes of v_i, i < kCount <= kLanes.
template <typename T, Index kCount>
inline Vector<T> sum_each(Vector<T> (&v)[kCount]) {
  constexpr auto lanes = std::make_index_sequence<static_cast<std::size_t>(kLanes<T>)>();
  for (Index half = kCount / 2; half > 0; half /= 2)
    for (Index i = 0; i < half; i++)
      v[i] = detail::zip(v[i], v[i + half], 0, lanes) + detail::zip(v[i], v[i + half], 1, lanes);
  if constexpr (kCount < kLanes<T>) return detail::fold<T, kLanes<T> / 2, kCount>(v[0]);
  return v[0];
}

/// Rows to columns of a square of kLanes vectors: the low and the high halves of rows i and i + kLanes / 2 zipped, once
/// for each bit of a lane's number.
template <typename T>
inline void transpose(Vector<T> (&rows)[kLanes<T>]) {
  constexpr Index n = kLanes<T>;
  constexpr auto lanes = std::make_index_sequence<static_cast<std::size_t>(n)>();
  for (Index bit = 1; bit < n; bit *= 2) {
    Vector<T> zipped[n];
    for (Index i = 0; i < n / 2; i++) {
      zipped[2 * i] = detail::zip(rows[i], rows[i + n / 2], 0, lanes);
      zipped[2 * i + 1] = detail::zip(rows[i], rows[i + n / 2], 1, lanes);
    }
    for (Index i = 0; i < n; i++) rows[i] = zipped[i];
  }
}

}  // namespace psilon::cpu::PSILON_LEVEL
