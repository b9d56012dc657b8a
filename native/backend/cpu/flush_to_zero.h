#pragma once

#include <cstdint>

#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

namespace psilon::cpu {

/// While it lives, its thread takes subnormal numbers for 0, in arguments as in results; then the thread goes back to
/// what it did before. Gradients that fade away through many layers become subnormal, and processors are many times
/// slower with such numbers.
class FlushToZero {
 public:
  FlushToZero() : before_(mode()) { set_mode(before_ | kFlush); }
  ~FlushToZero() { set_mode(before_); }
  FlushToZero(const FlushToZero&) = delete;
  FlushToZero& operator=(const FlushToZero&) = delete;

 private:
#if defined(__x86_64__)
  using Mode = unsigned;
  static constexpr Mode kFlush = 0x8040;  // MXCSR: flush results to zero, denormals are zero
  static Mode mode() { return _mm_getcsr(); }
  static void set_mode(Mode to) { _mm_setcsr(to); }
#else
  using Mode = std::uint64_t;
  static constexpr Mode kFlush = Mode{1} << 24;  // FPCR.FZ: both
  static Mode mode() {
    Mode now;
    asm volatile("mrs %0, fpcr" : "=r"(now)::"memory");
    return now;
  }
  static void set_mode(Mode to) { asm volatile("msr fpcr, %0" ::"r"(to) : "memory"); }
#endif

  Mode before_;
};

}  // namespace psilon::cpu
