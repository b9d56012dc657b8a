/// Sums in a fixed order, measures of sparsity (method, section 8), and gathering of rows.

#include <algorithm>
#include <cmath>

#include "backend/cpu/cpu_backend.h"
#include "backend/cpu/rows.h"
#include "backend/cpu/threshold.h"
#include "backend/sparsity.h"

namespace psilon::cpu::PSILON_LEVEL {

template <typename T>
double near_share(const Row<T>& v, int s) {
  double total = 0, weighted = 0;
  for (Index j = 0; j < v.size; j++) {
    const double t = std::abs(static_cast<double>(v.data[s][j]));
    total += t;
    if (t > 0) weighted += t * std::log(t);
  }
  return near_sparsity(total, weighted, v.size);
}

/// Fraction of j with factor |v_sj| <= tau.
template <typename T>
double share_up_to(const Row<T>& v, int s, T factor, T tau) {
  Index count = 0;
  for (Index j = 0; j < v.size; j++) count += factor * std::abs(v.data[s][j]) <= tau;
  return static_cast<double>(count) / static_cast<double>(v.size);
}

namespace {

template <typename Item>
double sum_in_order(const Item* x, Index count) {
  double total = 0;
  for (Index i = 0; i < count; i++) total += static_cast<double>(x[i]);
  return total;
}

}  // namespace

template <typename T>
void CpuBackend<T>::row_sparsity(const RowSparsity<T>& op) {
  const Index rows = op.v.rows;
  pool_.run(rows * op.v.count, rows_per_thread(8 * op.v.cols), [&](Index begin, Index end, int) {
    for (Index k = begin; k < end; k++) {
      const Index i = k % rows;
      op.share[k] = row_share(op, Row<T>(op.v, i), static_cast<int>(k / rows), i);
    }
  });
}

template <typename T>
void CpuBackend<T>::squared_norm(const SquaredNorm<T>& op) {
  const Weights<T>& w = op.w;
  pool_.run(w.m.rows, rows_per_thread(w.m.cols), [&](Index begin, Index end, int) {
    for (Index i = begin; i < end; i++) {
      double total = 0;
      for (int s = 0; s < w.m.count; s++)
        for (Index j = 0; j < w.m.cols; j++) {
          const double v = static_cast<double>(w.m.row(s, i)[j]);
          total += v * v;
        }
      const double scale = w.scale == nullptr ? 1 : static_cast<double>(w.scale[i]);
      op.row_sums[i] = scale * scale * total;
    }
  });
  *op.value = sum_in_order(op.row_sums, w.m.rows);
}

template <typename T>
void CpuBackend<T>::sum(const Sum<T>& op) {
  *op.value = sum_in_order(op.x, op.count);
}

template <typename T>
void CpuBackend<T>::sum_rows(const SumRows& op) {
  *op.value = sum_in_order(op.x, op.count);
}

template <typename T>
void CpuBackend<T>::gather_rows(const GatherRows<T>& op) {
  const Index* order = op.order + (op.first == nullptr ? 0 : *op.first);
  for (Index k = 0; k < op.out.rows; k++) std::copy_n(op.x.row(order[k]), op.x.cols, op.out.row(k));
}

#define PSILON_INSTANTIATE(T)                                       \
  template void CpuBackend<T>::row_sparsity(const RowSparsity<T>&); \
  template void CpuBackend<T>::squared_norm(const SquaredNorm<T>&); \
  template void CpuBackend<T>::sum(const Sum<T>&);                  \
  template void CpuBackend<T>::sum_rows(const SumRows&);            \
  template void CpuBackend<T>::gather_rows(const GatherRows<T>&);
PSILON_INSTANTIATE(float)
PSILON_INSTANTIATE(double)

}  // namespace psilon::cpu::PSILON_LEVEL
