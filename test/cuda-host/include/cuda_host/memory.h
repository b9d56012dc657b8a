#pragma once

#include <concepts>
#include <type_traits>

/// One thread of a device runs at a time, and all see the same memory at once.

template <typename T>
T __ldg(const T* address) {
  return *address;
}

namespace psilon::cuda_host {

/// Of the thread that runs.
void fence();
/// Ends the process where a barrier stands between an atomic operation and its fences.
void count_atomically(const char* operation, const char* file, int line);

template <typename T, typename... Types>
concept OneOf = (std::same_as<T, Types> || ...);

}  // namespace psilon::cuda_host

inline void __threadfence() { psilon::cuda_host::fence(); }

/// Each returns the value before. The value's type follows from the address, as with CUDA's overloads.
template <psilon::cuda_host::OneOf<int, unsigned, unsigned long long, float, double> T>
T atomicAdd(T* address, std::type_identity_t<T> value, const char* file = __builtin_FILE(),
            int line = __builtin_LINE()) {
  psilon::cuda_host::count_atomically("atomicAdd", file, line);
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
