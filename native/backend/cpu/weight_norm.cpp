/// Rows of weights: v~ = |v| or max(|v+|, |v-|), their norms, and the way back from dW to dv (method, sections 2, 3,
/// 7).

#include <algorithm>
#include <cmath>

#include "backend/cpu/cpu_backend.h"
#include "backend/cpu/rows.h"

namespace psilon::cpu::PSILON_LEVEL {

namespace {

template <typename T>
T row_norm(Row<T> v, Normalization normalization) {
  T total = 0;
  if (normalization == Normalization::L1) {
#pragma omp simd reduction(+ : total)
    for (Index j = 0; j < v.size; j++) total += v.envelope(j);
    return total;
  }
#pragma omp simd reduction(+ : total)
  for (Index j = 0; j < v.size; j++) total += v.envelope(j) * v.envelope(j);
  return std::sqrt(total);
}

/// d_s = (1 - alpha) dW_s + share of the regulariser
template <typename T>
void add_penalty(const WeightsBackward<T>& op, Index i, int s, T* d) {
  const Row<T> v(op.v, i);
  const T* dw = op.dw.row(s, i);
  const T scale = op.scale == nullptr ? T(1) : op.scale[i];
  const T keep = 1 - op.alpha;
  for (Index j = 0; j < v.size; j++) d[j] = keep * dw[j];
  const auto& term = op.term;
  if (term.penalty == Penalty::L2) {
    const T factor = 2 * term.weight * scale;
    for (Index j = 0; j < v.size; j++) d[j] += factor * v.data[s][j];
  } else if (term.penalty != Penalty::None) {
    const T factor = term.weight * term.q[i];
    const T signed_factor = factor * sign(scale);
    if (term.penalty == Penalty::PathImproved)
      for (Index j = 0; j < v.size; j++) d[j] += signed_factor * term.r[j] * v.slope(s, j);
    else
      for (Index j = 0; j < v.size; j++) d[j] += signed_factor * term.r[j] * sign(v.data[s][j]);
    if (term.penalty == Penalty::PathOriginal && term.residual)
      d[i] = keep * dw[i] + factor * term.r[i] * sign(1 + scale * v.data[s][i]);
  }
}

/// a_s = dp_s s [|v_s| > tau] with dp = g dW, then dv_s = a_s sign(v_s) + dtau / K [v~ > tau] slope_s; returns <dW, p>
template <typename T>
T project_backward_row(const WeightsBackward<T>& op, Index i, T* dv, Index stride) {
  const Row<T> v(op.v, i);
  const T tau = op.tau[i];
  const T floor = projection_floor(tau, op.keep_zeros);
  const T g = op.g[op.shared ? 0 : i];
  T along = 0, dtau = 0, support = 0;
  for (int s = 0; s < v.count; s++) {
    const T* dw = op.dw.row(s, i);
    const T* values = v.data[s];
    T* out = dv + s * stride;
#pragma omp simd reduction(+ : along, dtau)
    for (Index j = 0; j < v.size; j++) {
      const T size = std::abs(values[j]) - tau;
      const T a = std::abs(values[j]) > floor ? (values[j] < 0 ? -dw[j] : dw[j]) : T(0);
      along += a * size;
      dtau -= g * a;
      out[j] = g * a * sign(values[j]);
    }
  }
#pragma omp simd reduction(+ : support)
  for (Index j = 0; j < v.size; j++) support += v.envelope(j) > floor ? T(1) : T(0);
  const T share = dtau / support;
  for (int s = 0; s < v.count; s++) {
    T* out = dv + s * stride;
    for (Index j = 0; j < v.size; j++) out[j] += v.envelope(j) > floor ? share * v.slope(s, j) : T(0);
  }
  return along;
}

/// One row: dW in place to dv; returns dg_i. scratch holds 4 rows.
template <typename T>
T backward_row(const WeightsBackward<T>& op, Index i, T* scratch) {
  const Row<T> v(op.v, i);
  T* d = scratch;
  T* projected = scratch + 2 * v.size;
  for (int s = 0; s < v.count; s++) add_penalty(op, i, s, d + s * v.size);
  if (op.normalization == Normalization::None) {
    for (int s = 0; s < v.count; s++) std::copy_n(d + s * v.size, v.size, op.dw.row(s, i));
    return 0;
  }
  double along = 0;  // terms of either sign nearly cancel, and a shared length sums this over all rows
  for (int s = 0; s < v.count; s++) {
    const T* ds = d + s * v.size;
    const T* vs = v.data[s];
#pragma omp simd reduction(+ : along)
    for (Index j = 0; j < v.size; j++) along += static_cast<double>(ds[j]) * static_cast<double>(vs[j]);
  }
  const T norm = op.norm[i];
  const T c = static_cast<T>(along) / norm;
  T dg = c;
  if (op.alpha > 0) dg += op.alpha * project_backward_row(op, i, projected, v.size);
  for (int s = 0; s < v.count; s++) {
    T* dv = op.dw.row(s, i);
    const T* ds = d + s * v.size;
    const T* vs = v.data[s];
    const T scale = op.scale[i];
    if (op.normalization == Normalization::L1)
      for (Index j = 0; j < v.size; j++) dv[j] = scale * (ds[j] - c * v.slope(s, j));
    else
      for (Index j = 0; j < v.size; j++) dv[j] = scale * (ds[j] - c * (v.envelope(j) / norm) * v.slope(s, j));
    if (op.alpha > 0)
      for (Index j = 0; j < v.size; j++) dv[j] += op.alpha * projected[s * v.size + j];
    if (op.keep_zeros)
      for (Index j = 0; j < v.size; j++) dv[j] = vs[j] == 0 ? T(0) : dv[j];
  }
  return dg;
}

}  // namespace

template <typename T>
void CpuBackend<T>::row_scales(const RowScales<T>& op) {
  pool_.run(op.v.rows, rows_per_thread(op.v.cols), [&](Index begin, Index end, int) {
    for (Index i = begin; i < end; i++) {
      op.norm[i] = row_norm(Row<T>(op.v, i), op.normalization);
      op.scale[i] = op.g[op.shared ? 0 : i] / op.norm[i];
    }
  });
}

template <typename T>
void CpuBackend<T>::scale_rows(const ScaleRows<T>& op) {
  pool_.run(op.v.rows, rows_per_thread(op.v.cols), [&](Index begin, Index end, int) {
    for (int s = 0; s < op.v.count; s++)
      for (Index i = begin; i < end; i++)
        for (Index j = 0; j < op.v.cols; j++) op.v.row(s, i)[j] *= op.factor[i];
  });
}

template <typename T>
void CpuBackend<T>::weights_backward(const WeightsBackward<T>& op) {
  pool_.run(op.v.rows, rows_per_thread(op.v.cols), [&](Index begin, Index end, int thread) {
    for (Index i = begin; i < end; i++) {
      const T dg = backward_row(op, i, scratch_[static_cast<std::size_t>(thread)]);
      if (op.dg != nullptr) (op.shared ? op.dg_rows : op.dg)[i] = dg;
    }
  });
  if (op.dg == nullptr || !op.shared) return;
  double total = 0;
  for (Index i = 0; i < op.v.rows; i++) total += static_cast<double>(op.dg_rows[i]);
  op.dg[0] = static_cast<T>(total);
}

#define PSILON_INSTANTIATE(T)                                   \
  template void CpuBackend<T>::row_scales(const RowScales<T>&); \
  template void CpuBackend<T>::scale_rows(const ScaleRows<T>&); \
  template void CpuBackend<T>::weights_backward(const WeightsBackward<T>&);
PSILON_INSTANTIATE(float)
PSILON_INSTANTIATE(double)

}  // namespace psilon::cpu::PSILON_LEVEL
