#include <functional>
#include <vector>

#include "reference.h"

namespace psilon::kernels {

double row_norm(const Matrices<const double>& v, Index i, Normalization normalization) {
  double total = 0;
  for (Index j = 0; j < v.cols; j++) {
    const double size = envelope(v, i, j);
    total += normalization == Normalization::L1 ? size : size * size;
  }
  return normalization == Normalization::L1 ? total : std::sqrt(total);
}

void Reference::row_scales(const RowScales<double>& op) {
  for (Index i = 0; i < op.v.rows; i++) {
    if (!op.known) op.norm[i] = row_norm(op.v, i, op.normalization);
    op.scale[i] = op.g[op.shared ? 0 : i] / op.norm[i];
  }
}

void Reference::scale_rows(const ScaleRows<double>& op) {
  for (int s = 0; s < op.v.count; s++)
    for (Index i = 0; i < op.v.rows; i++)
      for (Index j = 0; j < op.v.cols; j++) op.v.row(s, i)[j] *= op.factor[i];
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
  const double alpha = op.alpha == nullptr ? 1 : *op.alpha;
  for (int s = 0; s < op.v.count; s++)
    for (Index i = 0; i < op.v.rows; i++)
      for (Index j = 0; j < op.v.cols; j++) {
        const double v = op.v.row(s, i)[j];
        const double scale = op.scale == nullptr ? 1 : op.scale[i];
        const double g = op.g == nullptr ? 1 : op.g[op.shared ? 0 : i];
        op.w.row(s, i)[j] = (1 - alpha) * scale * v + alpha * g * projected(v, op.tau[i], op.keep_zeros);
      }
}

}  // namespace psilon::kernels
