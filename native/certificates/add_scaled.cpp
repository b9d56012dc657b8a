#include "certificates/add_scaled.h"

namespace psilon::certificates {

namespace {

[[gnu::always_inline]] inline void add(double a, const double* __restrict x, std::size_t count, double* __restrict y) {
#pragma omp simd
  for (std::size_t i = 0; i < count; i++) y[i] += a * x[i];
}

[[gnu::always_inline]] inline void add_four(const double* a, const double* const* x, std::size_t count,
                                            double* __restrict y) {
  const double a0 = a[0], a1 = a[1], a2 = a[2], a3 = a[3];
  const double* __restrict x0 = x[0], * __restrict x1 = x[1], * __restrict x2 = x[2], * __restrict x3 = x[3];
#pragma omp simd
  for (std::size_t i = 0; i < count; i++) y[i] += (a0 * x0[i] + a1 * x1[i]) + (a2 * x2[i] + a3 * x3[i]);
}

#if defined(__x86_64__)
[[gnu::target("avx2")]] void add_four_with_avx2(const double* a, const double* const* x, std::size_t count, double* y) {
  add_four(a, x, count, y);
}
[[gnu::target("avx2")]] void add_with_avx2(double a, const double* x, std::size_t count, double* y) {
  add(a, x, count, y);
}

bool has_avx2() {
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx2");
}

const bool kAvx2 = has_avx2();
#endif

}  // namespace

void add_scaled(double a, const double* x, std::size_t count, double* y) {
#if defined(__x86_64__)
  if (kAvx2) return add_with_avx2(a, x, count, y);
#endif
  add(a, x, count, y);
}

void add_four_scaled(const double* a, const double* const* x, std::size_t count, double* y) {
#if defined(__x86_64__)
  if (kAvx2) return add_four_with_avx2(a, x, count, y);
#endif
  add_four(a, x, count, y);
}

}  // namespace psilon::certificates
