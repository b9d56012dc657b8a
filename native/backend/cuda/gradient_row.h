#pragma once

#include "backend/cuda/long_sum.h"
#include "backend/cuda/rows.h"
#include "backend/projection.h"

namespace psilon::cuda {

/// The way back from row i of dW to that of dv (method, sections 2, 3, 7), by all threads of a block. Sums over the row
/// come first; dv(s, j) then needs nothing of other elements.
template <typename T>
class GradientRow {
 public:
  __device__ GradientRow(const WeightsBackward<T>& op, Index i, const T* dw)
      : op_(op),
        alpha_(op.alpha == nullptr ? T(0) : *op.alpha),
        v_(op.v, i),
        i_(i),
        dw_{dw + i * v_.size, dw + (op.v.rows * (op.v.count - 1) + i) * v_.size} {
    if (alpha_ > 0) {
      tau_ = op.tau[i];
      floor_ = projection_floor(tau_, op.keep_zeros);
      g_ = op.g[op.shared ? 0 : i];
      dg_ = alpha_ * project_backward();
    }
    scale_ = op.scale == nullptr ? T(1) : op.scale[i];
    if (op.normalization == Normalization::None) return;
    c_ = along_row() / op.norm[i];
    dg_ += c_;
    if (op.normalization == Normalization::L2) c_ /= op.norm[i];
  }

  __device__ T dg() const { return dg_; }

  __device__ T dv(int s, Index j) const {
    T dv = weight_gradient(s, j);
    if (op_.normalization != Normalization::None) {
      T slope = v_.slope(s, j);
      if (op_.normalization == Normalization::L2) slope *= v_.envelope(j);
      dv = scale_ * (dv - c_ * slope);
    }
    if (alpha_ > 0) dv += alpha_ * projected(s, j);
    return op_.keep_zeros && v_.data[s][j] == 0 ? T(0) : dv;
  }

 private:
  /// (1 - alpha) dW + share of the regularizer
  __device__ T weight_gradient(int s, Index j) const {
    const T d = (1 - alpha_) * dw_[s][j], v = v_.data[s][j];
    const RegularizerTerm<T>& term = op_.term;
    if (term.regularizer == Regularizer::None) return d;
    if (term.regularizer == Regularizer::L2) return d + 2 * term.weight * scale_ * v;
    const T factor = term.weight * term.q[i_] * term.r[j];
    if (term.regularizer == Regularizer::PathImproved) return d + factor * sign(scale_) * v_.slope(s, j);
    const bool diagonal = term.residual && j == i_;
    return d + factor * (diagonal ? sign(1 + scale_ * v) : sign(scale_) * sign(v));
  }

  /// dp_s s [|v_s| > tau], dp = g dW, without g
  __device__ T along_projection(int s, Index j) const { return project(v_.data[s][j], dw_[s][j], floor_); }

  /// Sets dtau / K; returns <dW, p>.
  __device__ T project_backward() {
    T along = 0, dtau = 0, support = 0;
    for_own(v_.size, [&](Index j) {
      for_matrices(v_.count, [&](int s) {
        const T a = along_projection(s, j);
        along += a * (magnitude(v_.data[s][j]) - tau_);
        dtau -= g_ * a;
      });
      support += v_.envelope(j) > floor_ ? T(1) : T(0);
    });
    share_ = sum_block(dtau) / sum_block(support);
    return sum_block(along);
  }

  /// a_s sign(v_s) + dtau / K [v~ > tau] slope_s
  __device__ T projected(int s, Index j) const {
    const T rest = v_.envelope(j) > floor_ ? share_ * v_.slope(s, j) : T(0);
    return g_ * along_projection(s, j) * sign(v_.data[s][j]) + rest;
  }

  /// <d, v>; terms of either sign nearly cancel, and a shared length sums this over all rows.
  __device__ T along_row() const {
    LongSum<T> along{};
    for_own(v_.size, [&](Index j) {
      for_matrices(v_.count, [&](int s) { along.add_product(weight_gradient(s, j), v_.data[s][j]); });
    });
    return sum_block(along).rounded();
  }

  const WeightsBackward<T>& op_;
  T alpha_;
  Row<T> v_;
  Index i_;
  const T* dw_[2];
  T tau_ = 0, floor_ = 0, g_ = 0, share_ = 0;
  T scale_ = 1;
  T c_ = 0;  // of L2: <dW, v> / n^2
  T dg_ = 0;
};

}  // namespace psilon::cuda
