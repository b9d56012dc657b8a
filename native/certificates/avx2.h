#pragma once

namespace psilon::certificates {

#if defined(__x86_64__)
inline bool has_avx2() {
  static const bool has = [] {
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx2") != 0;
  }();
  return has;
}
#endif

}  // namespace psilon::certificates
