/// Products with the non-negative matrix M of a layer (method, section 5), which is never stored, and the closed form.

#include <algorithm>

#include "backend/cuda/bodies.h"
#include "backend/cuda/cuda_backend.h"
#include "backend/cuda/long_sum.h"
#include "backend/path_row.h"

namespace psilon::cuda {

namespace {

/// M_ij
template <typename T>
__device__ T bound_entry(const PathProduct<T>& op, Index i, Index j) {
  const PathRow<T> m(op, i);
  return op.residual && i == j ? m.diagonal(j) : m.length() * m.entry(j);
}

/// out_i = sum_j M_ij r_j
template <typename T>
struct MultiplyRow {
  static constexpr int kThreads = kRowThreads;
  PathProduct<T> op;

  __device__ void run() const {
    const Index i = blockIdx.x;
    T total = 0;
    for_own(op.w.m.cols, [&](Index j) { total += bound_entry(op, i, j) * op.in[j]; });
    total = sum_block(total);
    if (threadIdx.x == 0) op.out[i] = total;
  }
};

/// Threads that walk down a column, each over its own rows.
constexpr int kWalkers = 16;

/// out_j = sum_i M_ij q_i for a warp of columns
template <typename T>
struct MultiplyColumns {
  static constexpr int kThreads = kWarp * kWalkers;
  PathProduct<T> op;

  __device__ void run() const {
    __shared__ T totals[kWalkers][kWarp];
    const int lane = static_cast<int>(threadIdx.x), walker = static_cast<int>(threadIdx.y);
    const Index j = static_cast<Index>(blockIdx.x) * kWarp + lane;
    T total = 0;
    for (Index i = walker; i < op.w.m.rows && j < op.w.m.cols; i += kWalkers) total += bound_entry(op, i, j) * op.in[i];
    totals[walker][lane] = total;
    __syncthreads();
    if (walker > 0 || j >= op.w.m.cols) return;
    for (int k = 1; k < kWalkers; k++) total += totals[k][lane];
    op.out[j] = total;
  }
};

/// value <- before * product of the factors, where before is `value` or 1;  gradients: dg += weight * before * ...
template <typename T>
struct MultiplyFactors {
  static constexpr int kThreads = kRowThreads;
  /// As many as go through a kernel's arguments: the host's may be gone when it runs.
  static constexpr int kMax = 48;
  PathFactor<T> factors[kMax];
  int count;
  T weight;
  bool from_value, gradients;
  double* value;

  __device__ void run() const {
    __shared__ double values[kMax];
    __shared__ T others[kMax];
    for (int k = 0; k < count; k++) {
      const double each = factor_value(factors[k]);
      if (threadIdx.x == 0) values[k] = each;
    }
    const double before = from_value ? *value : 1;
    __syncthreads();
    const int own = static_cast<int>(threadIdx.x);
    if (own < count) others[own] = static_cast<T>(product(values, static_cast<double>(weight) * before, own));
    if (own == kMax) *value = product(values, before, -1);
    __syncthreads();
    for (int k = 0; gradients && k < count; k++) {
      const PathFactor<T>& factor = factors[k];
      if (factor.dg == nullptr) continue;
      for_own(factor.length, [&](Index i) { factor.dg[i] += others[k] * sign(factor.g[i]); });
    }
  }

 private:
  static __device__ double factor_value(const PathFactor<T>& factor) {
    LongSum<T> total{};
    for_own(factor.length, [&](Index i) { total.add(magnitude(factor.g[i])); });
    return (factor.residual ? 1 : 0) + sum_block(total).value();
  }
  __device__ double product(const double* values, double start, int skipped) const {
    for (int k = 0; k < count; k++) start *= k == skipped ? 1 : values[k];
    return start;
  }
};

}  // namespace

template <typename T>
void CudaBackend<T>::path_product(const PathProduct<T>& op) {
  if (!op.transposed) return launch("path_product", by_rows(op.w.m.rows), MultiplyRow<T>{op});
  const dim3 blocks(static_cast<unsigned>((op.w.m.cols + kWarp - 1) / kWarp));
  launch("path_product", {blocks, dim3(kWarp, kWalkers)}, MultiplyColumns<T>{op});
}

/// A part of the factors is the last one once, when `value` holds the product of all others.
template <typename T>
void CudaBackend<T>::path_norm_closed(const PathNormClosed<T>& op) {
  constexpr int kMax = MultiplyFactors<T>::kMax;
  const int parts = std::max(1, (op.count + kMax - 1) / kMax);
  const auto multiply = [&](int part, bool from_value, bool gradients) {
    MultiplyFactors<T> some{{}, std::min(kMax, op.count - part * kMax), op.weight, from_value, gradients, op.value};
    std::copy_n(op.factors + part * kMax, some.count, some.factors);
    launch("path_norm_closed", by_rows(1), some);
  };
  for (int last = 0; last < parts; last++)
    for (int k = 1; k <= parts; k++) multiply((last + k) % parts, k > 1, k == parts);
}

#define PSILON_INSTANTIATE(T)                                        \
  template void CudaBackend<T>::path_product(const PathProduct<T>&); \
  template void CudaBackend<T>::path_norm_closed(const PathNormClosed<T>&);
PSILON_INSTANTIATE(float)
PSILON_INSTANTIATE(double)

}  // namespace psilon::cuda
