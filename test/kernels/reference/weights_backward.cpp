#include <vector>

#include "reference.h"

namespace psilon::kernels {

namespace {

/// d v~_ij / d v_sij, half for each matrix where both are equally large
double slope(const Matrices<const double>& v, int s, Index i, Index j) {
  const double mine = std::abs(v.row(s, i)[j]);
  const double other = std::abs(v.row(v.count - 1 - s, i)[j]);
  if (v.count == 1 || mine > other) return sign(v.row(s, i)[j]);
  return mine == other ? sign(v.row(s, i)[j]) / 2 : 0;
}

/// The regularizer's share in the gradient of entry (i, j) of the normalised W_s.
double regularizer(const WeightsBackward<double>& op, int s, Index i, Index j) {
  const auto& term = op.term;
  const double scale = op.scale == nullptr ? 1 : op.scale[i];
  const double w = scale * op.v.row(s, i)[j];
  if (term.regularizer == Regularizer::None) return 0;
  if (term.regularizer == Regularizer::L2) return term.weight * 2 * w;
  const double reach = term.weight * term.q[i] * term.r[j];
  if (term.regularizer == Regularizer::PathImproved) return reach * sign(scale) * slope(op.v, s, i, j);
  return reach * sign(w + (term.residual && i == j ? 1 : 0));
}

/// <dW_i, p_i>, and dv_s += alpha (a_s sign(v_s) + dtau / K [j in S] slope_s) with a_s = g dW_s s [|v_s| > tau]
double project_backward(const WeightsBackward<double>& op, Index i, const Matrices<double>& dw,
                        const Matrices<double>& to) {
  const double g = op.g[op.shared ? 0 : i];
  const auto in_support = [&](double size) { return size > op.tau[i] && !(op.keep_zeros && size == 0); };
  double along = 0, dtau = 0, support = 0;
  for (int s = 0; s < op.v.count; s++)
    for (Index j = 0; j < op.v.cols; j++) {
      const double v = op.v.row(s, i)[j];
      along += dw.row(s, i)[j] * projected(v, op.tau[i], op.keep_zeros);
      if (in_support(std::abs(v))) dtau -= g * dw.row(s, i)[j] * (v < 0 ? -1 : 1);
    }
  for (Index j = 0; j < op.v.cols; j++) support += in_support(envelope(op.v, i, j)) ? 1 : 0;
  for (int s = 0; s < op.v.count; s++)
    for (Index j = 0; j < op.v.cols; j++) {
      const double v = op.v.row(s, i)[j];
      double dv = 0;
      if (in_support(std::abs(v))) dv += g * dw.row(s, i)[j] * (v < 0 ? -1 : 1) * sign(v);
      if (in_support(envelope(op.v, i, j))) dv += dtau / support * slope(op.v, s, i, j);
      to.row(s, i)[j] += *op.alpha * dv;
    }
  return along;
}

/// Matrices of the shape of a layer's, with memory of their own.
struct Owned {
  std::vector<double> data[2];
  Matrices<double> all;

  explicit Owned(const Matrices<const double>& like) : all{{}, like.count, like.rows, like.cols} {
    for (int s = 0; s < like.count; s++) {
      data[s].resize(static_cast<std::size_t>(like.rows * like.cols));
      all.data[s] = data[s].data();
    }
  }
};

/// dW_s = dz^T act_s(x) and db
void product(const WeightsBackward<double>& op, const Matrices<double>& dw) {
  for (Index i = 0; i < dw.rows; i++) {
    for (int s = 0; s < dw.count; s++)
      for (Index k = 0; k < op.x.rows; k++)
        for (Index j = 0; j < dw.cols; j++)
          dw.row(s, i)[j] += op.dz.row(k)[i] * activate(op.activation, s, op.x.row(k)[j]);
    op.gradient.db[i] = 0;
    for (Index k = 0; k < op.x.rows; k++) op.gradient.db[i] += op.dz.row(k)[i];
  }
}

/// dv_s = scale (d_s - c m slope_s); returns c
double normalize_backward(const WeightsBackward<double>& op, Index i, const Matrices<double>& d) {
  if (op.normalization == Normalization::None) return 0;
  double c = 0;
  for (int s = 0; s < op.v.count; s++)
    for (Index j = 0; j < op.v.cols; j++) c += d.row(s, i)[j] * op.v.row(s, i)[j] / op.norm[i];
  for (int s = 0; s < op.v.count; s++)
    for (Index j = 0; j < op.v.cols; j++) {
      const double m = op.normalization == Normalization::L1 ? 1 : envelope(op.v, i, j) / op.norm[i];
      double& dv = d.row(s, i)[j];
      dv = op.scale[i] * (dv - c * m * slope(op.v, s, i, j));
    }
  return c;
}

/// dv to memory, or a step of Adam and the norm of the new row.
void deliver(const WeightsBackward<double>& op, Index i, const Matrices<double>& dv) {
  const auto& to = op.gradient;
  const AdamRows<double>& adam = to.adam;
  for (int s = 0; s < dv.count; s++)
    for (Index j = 0; j < dv.cols; j++)
      if (to.dv.count > 0)
        to.dv.row(s, i)[j] = dv.row(s, i)[j];
      else if (!adam_step(*adam.rate, dv.row(s, i)[j], adam.v.row(s, i)[j], adam.m.row(s, i)[j], adam.u.row(s, i)[j]))
        *adam.diverged = true;
  if (to.dv.count == 0 && op.normalization != Normalization::None) adam.norm[i] = row_norm(adam.v, i, op.normalization);
}

}  // namespace

void Reference::weights_backward(const WeightsBackward<double>& op) {
  const Owned dw(op.v), dv(op.v);
  const double alpha = op.alpha == nullptr ? 0 : *op.alpha;
  product(op, dw.all);
  double total = 0;
  for (Index i = 0; i < op.v.rows; i++) {
    for (int s = 0; s < op.v.count; s++)
      for (Index j = 0; j < op.v.cols; j++)
        dv.all.row(s, i)[j] = (1 - alpha) * dw.all.row(s, i)[j] + regularizer(op, s, i, j);
    double dg = normalize_backward(op, i, dv.all);
    if (alpha > 0) dg += alpha * project_backward(op, i, dw.all, dv.all);
    for (int s = 0; s < op.v.count; s++)
      for (Index j = 0; j < op.v.cols; j++)
        if (op.keep_zeros && op.v.row(s, i)[j] == 0) dv.all.row(s, i)[j] = 0;
    total += dg;
    if (op.gradient.dg != nullptr && !op.shared) op.gradient.dg[i] = dg;
    deliver(op, i, dv.all);
  }
  if (op.gradient.dg != nullptr && op.shared) op.gradient.dg[0] = total;
}

}  // namespace psilon::kernels
