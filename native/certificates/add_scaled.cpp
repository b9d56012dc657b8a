#include "certificates/add_scaled.h"

#include "certificates/avx2.h"

namespace psilon::certificates {

namespace {

[[gnu::always_inline]] inline void add(double a, const double* __restrict x, std::size_t count, double* __restrict y) {
#pragma omp simd
  for (std::size_t i = 0; i < count; i++) y[i] += a * x[i];
}

#if defined(__x86_64__)
[[gnu::target("avx2")]] void add_with_avx2(double a, const double* x, std::size_t count, double* y) {
  add(a, x, count, y);
}
#endif

}  // namespace

void add_scaled(double a, const double* x, std::size_t count, double* y) {
#if defined(__x86_64__)
  if (has_avx2()) return add_with_avx2(a, x, count, y);
#endif
  add(a, x, count, y);
}

}  // namespace psilon::certificates
