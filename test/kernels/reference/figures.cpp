#include <vector>

#include "reference.h"

namespace psilon::kernels {

namespace {

/// M_ij of a bound on a layer.
double bound_entry(const PathProduct<double>& op, Index i, Index j) {
  const double identity = op.residual && i == j ? 1 : 0;
  double sum = 0, largest = 0, without = 0;
  for (int s = 0; s < op.w.m.count; s++) {
    const double w = entry(op.w, s, i, j);
    sum += std::abs(identity + w);
    largest = std::max(largest, std::abs(identity + w));
    without = std::max(without, std::abs(w));
  }
  switch (op.bound) {
    case Bound::Original:
      return sum;
    case Bound::Improved:
      return identity + without;
    case Bound::Tight:
      return largest;
  }
  return NAN;
}

double factor_value(const PathFactor<double>& factor) {
  double total = factor.residual ? 1 : 0;
  for (Index i = 0; i < factor.length; i++) total += std::abs(factor.g[i]);
  return total;
}

/// A loss that is the mean of terms: loss and its derivative for an output and its target.
struct Term {
  double loss, slope;
};
Term mse(double f, double y) { return {(f - y) * (f - y), 2 * (f - y)}; }
Term huber(double f, double y) {
  const double e = f - y;
  return std::abs(e) > 1 ? Term{std::abs(e) - 0.5, e > 0 ? 1.0 : -1.0} : Term{e * e / 2, e};
}
Term bce(double f, double y) {
  return {std::max(f, 0.0) - f * y + std::log1p(std::exp(-std::abs(f))), 1 / (1 + std::exp(-f)) - y};
}

double mean_of(Term (*term)(double, double), const double* f, const double* y, Index outputs, double* df) {
  double loss = 0;
  for (Index j = 0; j < outputs; j++) {
    const Term one = term(f[j], y[j]);
    loss += one.loss / static_cast<double>(outputs);
    df[j] = one.slope / static_cast<double>(outputs);
  }
  return loss;
}

double softmax(const double* f, Index label, Index outputs, double* df) {
  const double largest = *std::max_element(f, f + outputs);
  double sum = 0;
  for (Index j = 0; j < outputs; j++) sum += std::exp(f[j] - largest);
  for (Index j = 0; j < outputs; j++) df[j] = std::exp(f[j] - largest) / sum - (j == label ? 1 : 0);
  return std::log(sum) + largest - f[label];
}

/// Loss of row i before its weight, and df before scale, weight and the mean over the batch.
double loss_row(const LossGradient<double>& op, Index i, double* df) {
  const Index outputs = op.f.cols;
  const double* f = op.f.row(i);
  const double* y = op.y + i * targets_of(op.loss, outputs);
  switch (op.loss) {
    case Loss::Mse:
      return mean_of(mse, f, y, outputs, df);
    case Loss::Huber:
      return mean_of(huber, f, y, outputs, df);
    case Loss::Bce:
      return mean_of(bce, f, y, outputs, df);
    case Loss::Softmax:
      return softmax(f, static_cast<Index>(*y), outputs, df);
  }
  return NAN;
}

double near_share(const double* v, Index cols) {
  double total = 0, entropy = 0;
  for (Index j = 0; j < cols; j++) total += std::abs(v[j]);
  if (total == 0) return 1;
  for (Index j = 0; j < cols; j++)
    if (const double q = std::abs(v[j]) / total; q > 0) entropy -= q * std::log(q);
  return 1 - std::exp(entropy) / static_cast<double>(cols);
}

}  // namespace

void Reference::path_product(const PathProduct<double>& op) {
  std::fill_n(op.out, op.transposed ? op.w.m.cols : op.w.m.rows, 0.0);
  for (Index i = 0; i < op.w.m.rows; i++)
    for (Index j = 0; j < op.w.m.cols; j++)
      op.out[op.transposed ? j : i] += bound_entry(op, i, j) * op.in[op.transposed ? i : j];
}

void Reference::path_norm_closed(const PathNormClosed<double>& op) {
  *op.value = 1;
  for (int k = 0; k < op.count; k++) *op.value *= factor_value(op.factors[k]);
  for (int k = 0; k < op.count; k++) {
    double others = 1;
    for (int l = 0; l < op.count; l++) others *= l == k ? 1 : factor_value(op.factors[l]);
    const auto& factor = op.factors[k];
    for (Index i = 0; i < factor.length && factor.dg != nullptr; i++)
      factor.dg[i] += op.weight * others * sign(factor.g[i]);
  }
}

void Reference::loss_gradient(const LossGradient<double>& op) {
  std::vector<double> df(static_cast<std::size_t>(op.f.cols));
  for (Index i = 0; i < op.f.rows; i++) {
    const double share = (op.weights == nullptr ? 1 : op.weights[i]) / static_cast<double>(op.f.rows);
    op.row_loss[i] = share * loss_row(op, i, df.data());
    for (Index j = 0; j < op.f.cols && op.df.data != nullptr; j++)
      op.df.row(i)[j] = op.scale * share * df[static_cast<std::size_t>(j)];
  }
}

void Reference::adam(const Adam<double>& op) {
  for (Index i = 0; i < op.count; i++)
    if (!adam_step(*op.rate, op.gradient[i], op.parameters[i], op.m[i], op.u[i])) *op.diverged = true;
}

void Reference::gather_rows(const GatherRows<double>& op) {
  for (Index k = 0; k < op.out.rows; k++)
    for (Index j = 0; j < op.out.cols; j++)
      op.out.row(k)[j] = op.x.row(op.order[(op.first == nullptr ? 0 : *op.first) + k])[j];
}

void Reference::row_sparsity(const RowSparsity<double>& op) {
  using Kind = RowSparsity<double>::Kind;
  for (int s = 0; s < op.v.count; s++)
    for (Index i = 0; i < op.v.rows; i++) {
      double length = 0;
      for (Index j = 0; j < op.v.cols; j++) length += envelope(op.v, i, j);
      const double factor = op.scale > 0 ? op.scale / length : 1;
      const double tau = threshold(op.v, i, factor, op.keep_zeros);
      double zeros = 0;
      for (Index j = 0; j < op.v.cols; j++) {
        const double v = op.v.row(s, i)[j];
        zeros += op.kind == Kind::Exact ? v == 0 : projected(factor * v, tau, op.keep_zeros) == 0;
      }
      double& share = op.share[s * op.v.rows + i];
      share = zeros / static_cast<double>(op.v.cols);
      if (op.kind == Kind::Near) share = near_share(op.v.row(s, i), op.v.cols);
      if (op.kind != Kind::Near && op.g != nullptr && op.g[op.shared ? 0 : i] == 0) share = 1;
    }
}

void Reference::squared_norm(const SquaredNorm<double>& op) {
  *op.value = 0;
  for (int s = 0; s < op.w.m.count; s++)
    for (Index i = 0; i < op.w.m.rows; i++)
      for (Index j = 0; j < op.w.m.cols; j++) *op.value += entry(op.w, s, i, j) * entry(op.w, s, i, j);
}

void Reference::sum(const Sum<double>& op) { sum_rows({op.x, op.count, op.value}); }

void Reference::sum_rows(const SumRows& op) {
  *op.value = 0;
  for (Index i = 0; i < op.count; i++) *op.value += op.x[i];
}

}  // namespace psilon::kernels
