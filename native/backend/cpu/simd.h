#pragma once

#include "support/view.h"

/// Vectors of the instruction set that this file is compiled for, by the vector extension of gcc and clang.
namespace psilon::cpu::PSILON_LEVEL {

#if defined(__AVX512F__)
inline constexpr int kVectorBytes = 64;
inline constexpr Index kTileRows = 14;  // 28 of 32 registers hold the tile
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

inline constexpr Index kTileVectors = 2;
template <typename T>
inline constexpr Index kLanes = kVectorBytes / static_cast<Index>(sizeof(T));
template <typename T>
inline constexpr Index kTileColumns = kTileVectors * kLanes<T>;

}  // namespace psilon::cpu::PSILON_LEVEL
