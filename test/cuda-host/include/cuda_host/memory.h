#pragma once

#include <concepts>
#include <type_traits>

/// One thread of a device runs at a time, and all see the same memory at once.

template <typename T>
T __ldg(const T* address) {
  return *address;
}

inline void __threadfence() {}

namespace psilon::cuda_host {

template <typename T, typename... Types>
concept OneOf = (std::same_as<T, Types> || ...);

}  // namespace psilon::cuda_host

/// Each returns the value before. The value's type follows from the address, as with CUDA's overloads.
template <psilon::cuda_host::OneOf<int, unsigned, unsigned long long, float, double> T>
T atomicAdd(T* address, std::type_identity_t<T> value) {
  const T before = *address;
  // int overflows as on a device
  if constexpr (std::same_as<T, int>)
    *address = static_cast<int>(static_cast<unsigned>(before) + static_cast<unsigned>(value));
  else
    *address = before + value;
  return before;
}

inline int atomicOr(int* address, int value) {
  const int before = *address;
  *address = before | value;
  return before;
}

inline int atomicMax(int* address, int value) {
  const int before = *address;
  if (value > before) *address = value;
  return before;
}
