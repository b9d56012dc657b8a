/// Products with the non-negative matrix M of a layer (method, section 5), which is never stored, and the closed form.

#include <algorithm>
#include <cmath>

#include "backend/cpu/cpu_backend.h"
#include "backend/path_row.h"

namespace psilon::cpu::PSILON_LEVEL {

namespace {

template <typename T>
T dot(const PathRow<T>& m, const T* r, Index begin, Index end) {
  T total = 0;
#pragma omp simd reduction(+ : total)
  for (Index j = begin; j < end; j++) total += m.entry(j) * r[j];
  return total;
}

/// out_i = sum_j M_ij r_j
template <typename T>
T multiply_row(const PathProduct<T>& op, Index i) {
  const PathRow<T> m(op, i);
  const Index cols = op.w.m.cols;
  if (!op.residual) return m.length() * dot(m, op.in, 0, cols);
  const T diagonal = m.diagonal(i), others = dot(m, op.in, 0, i) + dot(m, op.in, i + 1, cols);
  return m.length() * others + diagonal * op.in[i];
}

/// out_j = sum_i M_ij q_i for the columns from begin to end
template <typename T>
void multiply_columns(const PathProduct<T>& op, Index begin, Index end) {
  std::fill(op.out + begin, op.out + end, T(0));
  for (Index i = 0; i < op.w.m.rows; i++) {
    const PathRow<T> m(op, i);
    const T q = m.length() * op.in[i];
    const Index skipped = op.residual ? i : end;
    for (Index j = begin; j < std::min(end, skipped); j++) op.out[j] += q * m.entry(j);
    for (Index j = std::max(begin, skipped + 1); j < end; j++) op.out[j] += q * m.entry(j);
    if (skipped >= begin && skipped < end) op.out[i] += m.diagonal(i) * op.in[i];
  }
}

}  // namespace

template <typename T>
void CpuBackend<T>::path_product(const PathProduct<T>& op) {
  if (op.transposed) {
    pool_.run(op.w.m.cols, std::max<Index>(16, rows_per_thread(op.w.m.rows)),
              [&](Index begin, Index end, int) { multiply_columns(op, begin, end); });
    return;
  }
  pool_.run(op.w.m.rows, rows_per_thread(op.w.m.cols), [&](Index begin, Index end, int) {
    for (Index i = begin; i < end; i++) op.out[i] = multiply_row(op, i);
  });
}

template <typename T>
void CpuBackend<T>::path_norm_closed(const PathNormClosed<T>& op) {
  const auto factor = [&](int k) {
    const auto& f = op.factors[k];
    double total = f.residual ? 1 : 0;
    for (Index i = 0; i < f.length; i++) total += std::abs(static_cast<double>(f.g[i]));
    return total;
  };
  double value = 1;
  for (int k = 0; k < op.count; k++) value *= factor(k);
  *op.value = value;
  for (int k = 0; k < op.count; k++) {
    const auto& f = op.factors[k];
    if (f.dg == nullptr) continue;
    double others = static_cast<double>(op.weight);
    for (int j = 0; j < op.count; j++) others *= j == k ? 1 : factor(j);
    for (Index i = 0; i < f.length; i++) f.dg[i] += static_cast<T>(others) * sign(f.g[i]);
  }
}

#define PSILON_INSTANTIATE(T)                                       \
  template void CpuBackend<T>::path_product(const PathProduct<T>&); \
  template void CpuBackend<T>::path_norm_closed(const PathNormClosed<T>&);
PSILON_INSTANTIATE(float)
PSILON_INSTANTIATE(double)

}  // namespace psilon::cpu::PSILON_LEVEL
