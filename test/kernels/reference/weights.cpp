#include <functional>
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

/// The regulariser's share in the gradient of entry (i, j) of the normalised W_s.
double penalty(const WeightsBackward<double>& op, int s, Index i, Index j) {
  const auto& term = op.term;
  const double scale = op.scale == nullptr ? 1 : op.scale[i];
  const double w = scale * op.v.row(s, i)[j];
  if (term.penalty == Penalty::None) return 0;
  if (term.penalty == Penalty::L2) return term.weight * 2 * w;
  const double reach = term.weight * term.q[i] * term.r[j];
  if (term.penalty == Penalty::PathImproved) return reach * sign(scale) * slope(op.v, s, i, j);
  return reach * sign(w + (term.residual && i == j ? 1 : 0));
}

/// <dW_i, p_i>, and dv_s += alpha (a_s sign(v_s) + dtau / K [j in S] slope_s) with a_s = g dW_s s [|v_s| > tau]
double project_backward(const WeightsBackward<double>& op, Index i, const Matrices<const double>& dw, double g) {
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
      op.dw.row(s, i)[j] += op.alpha * dv;
    }
  return along;
}

}  // namespace

void Reference::row_scales(const RowScales<double>& op) {
  for (Index i = 0; i < op.v.rows; i++) {
    double total = 0;
    for (Index j = 0; j < op.v.cols; j++) {
      const double size = envelope(op.v, i, j);
      total += op.normalization == Normalization::L1 ? size : size * size;
    }
    op.norm[i] = op.normalization == Normalization::L1 ? total : std::sqrt(total);
    op.scale[i] = op.g[op.shared ? 0 : i] / op.norm[i];
  }
}

void Reference::scale_rows(const ScaleRows<double>& op) {
  for (int s = 0; s < op.v.count; s++)
    for (Index i = 0; i < op.v.rows; i++)
      for (Index j = 0; j < op.v.cols; j++) op.v.row(s, i)[j] *= op.factor[i];
}

void Reference::weights_backward(const WeightsBackward<double>& op) {
  const Index size = op.v.rows * op.v.cols;
  std::vector<double> given[2], d[2];
  for (int s = 0; s < op.v.count; s++) {
    given[s].assign(op.dw.data[s], op.dw.data[s] + size);
    for (Index i = 0; i < op.v.rows; i++)
      for (Index j = 0; j < op.v.cols; j++) d[s].push_back((1 - op.alpha) * op.dw.row(s, i)[j] + penalty(op, s, i, j));
    std::copy(d[s].begin(), d[s].end(), op.dw.data[s]);
  }
  if (op.normalization == Normalization::None) return;
  const Matrices<const double> dw{{given[0].data(), given[1].data()}, op.v.count, op.v.rows, op.v.cols};
  if (op.shared) op.dg[0] = 0;
  for (Index i = 0; i < op.v.rows; i++) {
    double c = 0;
    for (int s = 0; s < op.v.count; s++)
      for (Index j = 0; j < op.v.cols; j++) c += op.dw.row(s, i)[j] * op.v.row(s, i)[j] / op.norm[i];
    for (int s = 0; s < op.v.count; s++)
      for (Index j = 0; j < op.v.cols; j++) {
        const double m = op.normalization == Normalization::L1 ? 1 : envelope(op.v, i, j) / op.norm[i];
        double& dv = op.dw.row(s, i)[j];
        dv = op.scale[i] * (dv - c * m * slope(op.v, s, i, j));
      }
    const double along = op.alpha > 0 ? project_backward(op, i, dw, op.g[op.shared ? 0 : i]) : 0;
    for (int s = 0; s < op.v.count; s++)
      for (Index j = 0; j < op.v.cols; j++)
        if (op.keep_zeros && op.v.row(s, i)[j] == 0) op.dw.row(s, i)[j] = 0;
    if (op.shared)
      op.dg[0] += c + op.alpha * along;
    else
      op.dg[i] = c + op.alpha * along;
  }
}

double threshold(const Matrices<const double>& v, Index i, double factor, bool keep_zeros) {
  std::vector<double> sizes;
  for (Index j = 0; j < v.cols; j++)
    if (const double size = factor * envelope(v, i, j); size > 0 || !keep_zeros) sizes.push_back(size);
  std::sort(sizes.begin(), sizes.end(), std::greater<>());
  double total = 0, tau = 0;
  for (std::size_t k = 0; k < sizes.size(); k++) {
    total += sizes[k];
    const double next = (total - 1) / static_cast<double>(k + 1);
    if (k > 0 && sizes[k] <= next) break;  // the largest is above, also where rounding hides it
    tau = next;
  }
  return tau;
}

void Reference::thresholds(const Thresholds<double>& op) {
  for (Index i = 0; i < op.v.rows; i++) op.tau[i] = threshold(op.v, i, 1, op.keep_zeros);
}

void Reference::blend(const Blend<double>& op) {
  for (int s = 0; s < op.v.count; s++)
    for (Index i = 0; i < op.v.rows; i++)
      for (Index j = 0; j < op.v.cols; j++) {
        const double v = op.v.row(s, i)[j];
        const double scale = op.scale == nullptr ? 1 : op.scale[i];
        const double g = op.g == nullptr ? 1 : op.g[op.shared ? 0 : i];
        op.w.row(s, i)[j] = (1 - op.alpha) * scale * v + op.alpha * g * projected(v, op.tau[i], op.keep_zeros);
      }
}

}  // namespace psilon::kernels
