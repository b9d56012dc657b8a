#pragma once

#include <cmath>

#include "backend/cpu/rows.h"
#include "backend/projection.h"

/// The way back from a row of dW to that of dv (method, sections 2, 3, 7).
namespace psilon::cpu::PSILON_LEVEL {

template <typename T>
T alpha_of(const WeightsBackward<T>& op) {
  return op.alpha == nullptr ? T(0) : *op.alpha;
}

/// d_s <- (1 - alpha) d_s + share of the regularizer
template <typename T>
void add_regularizer(const WeightsBackward<T>& op, const Row<T>& v, Index i, int s, T* d) {
  const T scale = op.scale == nullptr ? T(1) : op.scale[i];
  const T alpha = alpha_of(op);
  const auto& term = op.term;
  const auto add = [&](T factor, const auto& share) {
    const T keep = 1 - alpha;
    for_vectors<T>(v.size, [&](Index j, auto lanes) {
      store<T>(d + j, keep * load(d + j, lanes) + factor * share(j, lanes), lanes);
    });
  };
  if (term.regularizer == Regularizer::None) {
    if (alpha > 0) add(0, [](Index, auto) { return Vector<T>{}; });
  } else if (term.regularizer == Regularizer::L2) {
    add(2 * term.weight * scale, [&](Index j, auto lanes) { return load(v.data[s] + j, lanes); });
  } else if (term.regularizer == Regularizer::PathImproved) {
    add(term.weight * term.q[i] * sign(scale),
        [&](Index j, auto lanes) { return load(term.r + j, lanes) * v.slope(s, j, lanes); });
  } else {
    const T factor = term.weight * term.q[i];
    const T before = term.residual ? (1 - alpha) * d[i] : T(0);
    add(factor * sign(scale),
        [&](Index j, auto lanes) { return load(term.r + j, lanes) * sign(load(v.data[s] + j, lanes)); });
    if (term.residual) d[i] = before + factor * term.r[i] * sign(1 + scale * v.data[s][i]);
  }
}

/// a_s = dp_s s [|v_s| > tau] with dp = g dW, then dv_s = a_s sign(v_s) + dtau / K [v~ > tau] slope_s; returns <dW, p>
template <typename T>
T project_backward(const WeightsBackward<T>& op, const Row<T>& v, Index i, T* const dw[2], T* const dv[2]) {
  const T tau = op.tau[i];
  const T floor = projection_floor(tau, op.keep_zeros);
  const T g = op.g[op.shared ? 0 : i];
  const Vector<T> none{};
  Vector<T> along{}, dtau{}, support{};
  for (int s = 0; s < v.count; s++)
    for_vectors<T>(v.size, [&](Index j, auto lanes) {
      const Vector<T> value = load(v.data[s] + j, lanes), a = project(value, load(dw[s] + j, lanes), floor);
      along += a * (magnitude(value) - tau);
      dtau -= g * a;
      store<T>(dv[s] + j, g * a * sign(value), lanes);
    });
  for_vectors<T>(v.size, [&](Index j, Index lanes) {
    support += v.envelope(j, lanes) > floor ? none + 1 : none;
    if (floor < 0 && lanes < kLanes<T>) support[kLanes<T> - 1] -= static_cast<T>(kLanes<T> - lanes);
  });
  const T share = sum_lanes<T>(dtau) / sum_lanes<T>(support);
  for (int s = 0; s < v.count; s++)
    for_vectors<T>(v.size, [&](Index j, auto lanes) {
      const Vector<T> rest = v.envelope(j, lanes) > floor ? share * v.slope(s, j, lanes) : none;
      store<T>(dv[s] + j, load(dv[s] + j, lanes) + rest, lanes);
    });
  return sum_lanes<T>(along);
}

/// <d, v>; terms of either sign nearly cancel, and a shared length sums this over all rows, so it is summed in double.
template <typename T>
T along_row(const Row<T>& v, T* const d[2]) {
  Vector<double> along{};
  for (int s = 0; s < v.count; s++)
    for_vectors<T>(v.size, [&](Index j, auto lanes) {
      along += fold_to_double(load(d[s] + j, lanes) * load(v.data[s] + j, lanes));
    });
  return static_cast<T>(sum_lanes<double>(along));
}

/// dv of row i, from dW in `d`, which is changed. `projected` holds a row for each matrix. Holds values alone, so that
/// a copy on the stack stays in registers.
template <typename T>
class GradientRow {
 public:
  GradientRow() = default;
  GradientRow(const WeightsBackward<T>& op, Index i, T* const d[2], T* const projected[2])
      : v_(op.v, i),
        d_{d[0], d[1]},
        projected_{projected[0], projected[1]},
        normalization_(op.normalization),
        keep_zeros_(op.keep_zeros),
        alpha_(alpha_of(op)),
        scale_(1),
        c_(0),
        dg_(0) {
    if (alpha_ > 0) dg_ = alpha_ * project_backward(op, v_, i, d, projected);
    for (int s = 0; s < v_.count; s++) add_regularizer(op, v_, i, s, d[s]);
    if (op.normalization == Normalization::None) return;
    scale_ = op.scale[i];
    c_ = along_row(v_, d) / op.norm[i];
    dg_ += c_;
    if (op.normalization == Normalization::L2) c_ /= op.norm[i];
  }

  T dg() const { return dg_; }

  /// L1 rows that are neither blended nor keep their zeros.
  bool plain() const { return normalization_ == Normalization::L1 && alpha_ == 0 && !keep_zeros_; }

  template <bool kPlain, typename Lanes>
  Vector<T> dv(int s, Index j, Lanes lanes) const {
    Vector<T> dv = load(d_[s] + j, lanes);
    if (kPlain) return scale_ * (dv - c_ * v_.slope(s, j, lanes));
    if (normalization_ != Normalization::None) {
      Vector<T> slope = v_.slope(s, j, lanes);
      if (normalization_ == Normalization::L2) slope *= v_.envelope(j, lanes);
      dv = scale_ * (dv - c_ * slope);
    }
    if (alpha_ > 0) dv += alpha_ * load(projected_[s] + j, lanes);
    if (keep_zeros_) dv = load(v_.data[s] + j, lanes) == 0 ? Vector<T>{} : dv;
    return dv;
  }

 private:
  Row<T> v_;
  const T* d_[2];
  const T* projected_[2];
  Normalization normalization_;
  bool keep_zeros_;
  T alpha_;
  T scale_;
  T c_;  // of L2: <dW, v> / n^2
  T dg_;
};

}  // namespace psilon::cpu::PSILON_LEVEL
