#pragma once

#include <limits>
#include <new>

#include "backend/cpu/adam.h"
#include "backend/cpu/gradient_row.h"

/// From a row of dW to that of dv, in memory, or to the next values of the weights.
namespace psilon::cpu::PSILON_LEVEL {

template <typename T>
void store_row(const LayerGradient<T>& to, const GradientRow<T>& gradient, Index i) {
  for (int s = 0; s < to.dv.count; s++)
    for_vectors<T>(to.dv.cols, [&](Index j, auto lanes) {
      store<T>(to.dv.row(s, i) + j, gradient.template dv<false>(s, j, lanes), lanes);
    });
}

/// out[r] = the sum of the lanes of v[r], r < count; v has a multiple of kLanes vectors.
template <typename T>
void sum_rows_of(Vector<T>* v, Index count, T* out) {
  if (count == 1) {
    *out = sum_lanes<T>(*v);
    return;
  }
  for (Index r = 0; r < count; r += kLanes<T>)
    store<T>(out + r, sum_each<T>(*reinterpret_cast<Vector<T>(*)[kLanes<T>]>(v + r)), std::min(kLanes<T>, count - r));
}

/// Adam for rows i, i + 1, ..., and the norms of the new rows; false where something is no longer finite. kFar: the
/// next rows come from beyond the first caches.
template <typename T, int kMatrices, bool kPlain, bool kFar>
bool step_rows(const AdamRows<T>& adam, Normalization normalization, const GradientRow<T>* gradients, Index i,
               Index count) {
  AdamStep<T> step(*adam.rate);
  Vector<T> totals[round_up(kTileRows, kLanes<T>)];
  std::fill(totals + count, totals + round_up(count, kLanes<T>), Vector<T>{});
  for (Index k = 0; k < count; k++) {
    const GradientRow<T> gradient = gradients[k];
    T* rows[3][kMatrices];
    for (int s = 0; s < kMatrices; s++) {
      rows[0][s] = adam.v.row(s, i + k);
      rows[1][s] = adam.m.row(s, i + k);
      rows[2][s] = adam.u.row(s, i + k);
    }
    Vector<T> total{};
    for_vectors<T>(adam.v.cols, [&](Index j, auto lanes) {
      Vector<T> dv[kMatrices], envelope{};
      for (int s = 0; s < kMatrices; s++) {
        dv[s] = gradient.template dv<kPlain>(s, j, lanes);
        if (kFar)
          for (const auto& each : rows) __builtin_prefetch(each[s] + j + adam.v.cols, 1);
      }
      for (int s = 0; s < kMatrices; s++) {
        const Vector<T> v = step.apply(dv[s], rows[0][s] + j, rows[1][s] + j, rows[2][s] + j, lanes);
        envelope = larger(magnitude(v), envelope);
      }
      total += kPlain || normalization == Normalization::L1 ? envelope : envelope * envelope;
    });
    totals[k] = total;
  }
  if (!kPlain && normalization == Normalization::None) return step.finite();
  sum_rows_of<T>(totals, count, adam.norm + i);
  bool finite = step.finite();
  for (T* norm = adam.norm + i; norm < adam.norm + i + count; norm++) {
    if (!kPlain && normalization == Normalization::L2) *norm = std::sqrt(*norm);
    finite &= *norm > 0 && *norm < std::numeric_limits<T>::infinity();
  }
  return finite;
}

/// Rows i, i + 1, ..., at most kTileRows of them, from dW in `rows` to where their gradients go; false where something
/// is no longer finite. A row of dW, and of `projected`, has a part for each matrix, `stride` elements apart.
template <bool kFar, typename T>
bool finish_rows(const WeightsBackward<T>& op, Index i, Index count, T* rows, T* projected, Index stride) {
  const LayerGradient<T>& to = op.gradient;
  const Index second = (op.v.count - 1) * stride, length = op.v.count * stride;
  GradientRow<T> gradients[kTileRows];
  bool plain = true;
  for (Index k = 0; k < count; k++) {
    T* const d[2] = {rows + k * length, rows + k * length + second};
    T* const p[2] = {projected + k * length, projected + k * length + second};
    new (gradients + k) GradientRow<T>(op, i + k, d, p);
    plain = gradients[k].plain();
    if (to.dg != nullptr) (op.shared ? op.dg_rows : to.dg)[i + k] = gradients[k].dg();
    if (to.dv.count > 0) store_row(to, gradients[k], i + k);
  }
  if (to.dv.count > 0) return true;
  const auto step = op.v.count == 1 ? (plain ? step_rows<T, 1, true, kFar> : step_rows<T, 1, false, kFar>)
                                    : (plain ? step_rows<T, 2, true, kFar> : step_rows<T, 2, false, kFar>);
  return step(to.adam, op.normalization, gradients, i, count);
}

/// dg of a shared length, once all rows are finished.
template <typename T>
void sum_shared_length(const WeightsBackward<T>& op) {
  if (op.gradient.dg == nullptr || !op.shared) return;
  double total = 0;
  for (Index i = 0; i < op.v.rows; i++) total += static_cast<double>(op.dg_rows[i]);
  op.gradient.dg[0] = static_cast<T>(total);
}

}  // namespace psilon::cpu::PSILON_LEVEL
