#pragma once

#include <cstddef>

/// What AddressSanitizer must be told; without it these functions do nothing.

#if defined(__SANITIZE_ADDRESS__)
#define PSILON_ADDRESS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define PSILON_ADDRESS_SANITIZER 1
#endif
#endif

#ifdef PSILON_ADDRESS_SANITIZER
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

namespace psilon::cuda_host {

#ifdef PSILON_ADDRESS_SANITIZER
inline constexpr bool kAddressSanitizer = true;
inline void start_switch(void** fake_stack, const void* bottom, std::size_t bytes) {
  __sanitizer_start_switch_fiber(fake_stack, bottom, bytes);
}
inline void finish_switch(void* fake_stack, const void** left_bottom, std::size_t* left_bytes) {
  __sanitizer_finish_switch_fiber(fake_stack, left_bottom, left_bytes);
}
inline void forbid_access(const void* memory, std::size_t bytes) { __asan_poison_memory_region(memory, bytes); }
inline void allow_access(const void* memory, std::size_t bytes) { __asan_unpoison_memory_region(memory, bytes); }
#else
inline constexpr bool kAddressSanitizer = false;
inline void start_switch(void**, const void*, std::size_t) {}
inline void finish_switch(void*, const void**, std::size_t*) {}
inline void forbid_access(const void*, std::size_t) {}
inline void allow_access(const void*, std::size_t) {}
#endif

}  // namespace psilon::cuda_host
