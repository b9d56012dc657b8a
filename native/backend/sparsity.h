#pragma once

#include <cmath>

#include "backend/operations.h"
#include "backend/projection.h"

/// Sparsity of a row (method, section 8), on every device.
namespace psilon::inline PSILON_FORMULAS {

/// 1 - exp(H) / size with the entropy H = log(total) - weighted / total, total = sum |v|, weighted = sum |v| log |v|
PSILON_HOST_AND_DEVICE inline double near_sparsity(double total, double weighted, Index size) {
  if (total == 0) return 1;
  const double entropy = std::log(total) - weighted / total;
  return 1 - std::exp(entropy) / static_cast<double>(size);
}

/// The figure of matrix s of row i, which is v. near_share, share_up_to, row_norm and threshold are those of the
/// namespace of Row, by which the compiler finds them.
template <typename T, template <typename> typename Row>
PSILON_HOST_AND_DEVICE double row_share(const RowSparsity<T>& op, const Row<T>& v, int s, Index i) {
  using Kind = typename RowSparsity<T>::Kind;
  if (op.kind == Kind::Near) return near_share(v, s);
  if (op.g != nullptr && op.g[op.shared ? 0 : i] == 0) return 1;
  if (op.kind == Kind::Exact) return share_up_to(v, s, T(1), T(0));
  const T factor = op.scale > 0 ? op.scale / row_norm(v, Normalization::L1) : T(1);
  const T tau = threshold(v, factor, op.keep_zeros);
  return share_up_to(v, s, factor, projection_floor(tau, op.keep_zeros));
}

}  // namespace psilon::inline PSILON_FORMULAS
