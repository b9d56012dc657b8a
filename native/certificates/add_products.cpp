#include "certificates/add_products.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "certificates/add_scaled.h"
#include "certificates/avx2.h"

namespace psilon::certificates {

namespace {

/// Rows whose sums are kept in registers together, each of two vectors.
constexpr std::size_t kBlock = 4;

/// Two vectors of doubles, as long as the processor has them.
template <std::size_t lanes>
struct Vectors {
  typedef double V __attribute__((vector_size(lanes * sizeof(double))));
  static constexpr std::size_t kWidth = 2 * lanes;
};

template <typename V>
[[gnu::always_inline]] inline V load(const double* from) {
  V v;
  std::memcpy(&v, from, sizeof(V));
  return v;
}

/// y_i += sum_k a_ik x_k for `count` rows and the columns of two vectors; x is [terms, width], packed.
template <std::size_t lanes, std::size_t count>
[[gnu::always_inline]] inline void add_block(const double* a, std::size_t terms, const double* x, double* const* y) {
  using V = typename Vectors<lanes>::V;
  V sums[count][2];
#pragma GCC unroll 4
  for (std::size_t i = 0; i < count; i++) {
    sums[i][0] = load<V>(y[i]);
    sums[i][1] = load<V>(y[i] + lanes);
  }
  for (std::size_t k = 0; k < terms; k++, x += 2 * lanes) {
    const V x0 = load<V>(x), x1 = load<V>(x + lanes);
#pragma GCC unroll 4
    for (std::size_t i = 0; i < count; i++) {
      const double factor = a[i * terms + k];
      sums[i][0] += factor * x0;
      sums[i][1] += factor * x1;
    }
  }
#pragma GCC unroll 4
  for (std::size_t i = 0; i < count; i++) {
    std::memcpy(y[i], &sums[i][0], sizeof(V));
    std::memcpy(y[i] + lanes, &sums[i][1], sizeof(V));
  }
}

/// The columns of x from `from` on, `width` of them, with zeros behind the last.
void pack(std::size_t terms, const double* const* x, std::size_t from, std::size_t filled, std::size_t width,
          double* to) {
  for (std::size_t k = 0; k < terms; k++, to += width) {
    std::memcpy(to, x[k] + from, filled * sizeof(double));
    std::fill(to + filled, to + width, 0.0);
  }
}

template <std::size_t lanes>
[[gnu::always_inline]] inline void add_all(std::size_t rows, std::size_t terms, const double* a, const double* const* x,
                                           std::size_t count, double* const* y) {
  constexpr std::size_t kWidth = Vectors<lanes>::kWidth;
  thread_local std::vector<double> packed;
  packed.resize(terms * kWidth);
  double edge[kBlock][kWidth];
  for (std::size_t from = 0; from < count; from += kWidth) {
    const std::size_t filled = std::min(kWidth, count - from);
    pack(terms, x, from, filled, kWidth, packed.data());
    for (std::size_t i = 0; i < rows;) {
      const std::size_t block = i + kBlock <= rows ? kBlock : 1;
      double* to[kBlock];
      for (std::size_t r = 0; r < block; r++) {
        to[r] = y[i + r] + from;
        if (filled == kWidth) continue;
        std::fill(edge[r], edge[r] + kWidth, 0.0);
        std::memcpy(edge[r], to[r], filled * sizeof(double));
      }
      double* ends[] = {edge[0], edge[1], edge[2], edge[3]};
      double** into = filled == kWidth ? to : ends;
      if (block == kBlock)
        add_block<lanes, kBlock>(a + i * terms, terms, packed.data(), into);
      else
        add_block<lanes, 1>(a + i * terms, terms, packed.data(), into);
      for (std::size_t r = 0; r < block && filled < kWidth; r++) std::memcpy(to[r], edge[r], filled * sizeof(double));
      i += block;
    }
  }
}

#if defined(__x86_64__)
[[gnu::target("avx2")]] void add_all_with_avx2(std::size_t rows, std::size_t terms, const double* a,
                                               const double* const* x, std::size_t count, double* const* y) {
  add_all<4>(rows, terms, a, x, count, y);
}
#endif

/// Too few rows to pack x for.
void add_few(std::size_t rows, std::size_t terms, const double* a, const double* const* x, std::size_t count,
             double* const* y) {
  for (std::size_t i = 0; i < rows; i++)
    for (std::size_t k = 0; k < terms; k++)
      if (const double factor = a[i * terms + k]; factor != 0) add_scaled(factor, x[k], count, y[i]);
}

}  // namespace

void add_products(std::size_t rows, std::size_t terms, const double* a, const double* const* x, std::size_t count,
                  double* const* y) {
  if (rows == 0 || terms == 0 || count == 0) return;
  if (rows < kBlock) return add_few(rows, terms, a, x, count, y);
#if defined(__x86_64__)
  if (has_avx2()) return add_all_with_avx2(rows, terms, a, x, count, y);
#endif
  add_all<2>(rows, terms, a, x, count, y);
}

}  // namespace psilon::certificates
