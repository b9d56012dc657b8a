#pragma once

#include "support/words.h"

namespace psilon {

/// Type of parameters, computation and outputs.
enum class Dtype { Float32, Float64 };
template <>
inline constexpr auto kWords<Dtype> =
    std::to_array<Word<Dtype>>({{"float32", Dtype::Float32}, {"float64", Dtype::Float64}});

template <typename T>
inline constexpr Dtype kDtypeOf = sizeof(T) == sizeof(float) ? Dtype::Float32 : Dtype::Float64;

/// use(T()) with the type of that name.
template <typename Use>
auto with_dtype(Dtype dtype, const Use& use) {
  return dtype == Dtype::Float32 ? use(float()) : use(double());
}

}  // namespace psilon
