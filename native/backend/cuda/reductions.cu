/// Sums in a fixed order, measures of sparsity (method, section 8), and gathering of rows.

#include <algorithm>

#include "backend/cuda/bodies.h"
#include "backend/cuda/cuda_backend.h"
#include "backend/cuda/long_sum.h"
#include "backend/cuda/rows.h"
#include "backend/cuda/threshold.h"
#include "backend/sparsity.h"

namespace psilon::cuda {

/// What the first thread of a block makes a figure of: log and exp take a hundred operations of doubles.
template <typename Figure>
__device__ double by_first(const Figure& figure) {
  return threadIdx.x == 0 ? figure() : 0;
}

template <typename T>
__device__ double near_share(const Row<T>& v, int s) {
  LongSum<T> total{};
  double weighted = 0;
  for_own(v.size, [&](Index j) {
    const T t = magnitude(v.data[s][j]);
    total.add(t);
    if (t > 0) weighted += static_cast<double>(t) * log(static_cast<double>(t));
  });
  total = sum_block(total);
  weighted = sum_block(weighted);
  return by_first([&] { return near_sparsity(total.value(), weighted, v.size); });
}

/// Fraction of j with factor |v_sj| <= tau.
template <typename T>
__device__ double share_up_to(const Row<T>& v, int s, T factor, T tau) {
  int count = 0;
  for_own(v.size, [&](Index j) { count += factor * magnitude(v.data[s][j]) <= tau ? 1 : 0; });
  count = sum_block(count);
  return by_first([&] { return static_cast<double>(count) / static_cast<double>(v.size); });
}

namespace {

/// A block for each row of each matrix, matrix by matrix.
template <typename T>
struct RowShares {
  static constexpr int kThreads = kRowThreads;
  RowSparsity<T> op;

  __device__ void run() const {
    const Index k = blockIdx.x;
    const Index i = k % op.v.rows;
    const double share = row_share(op, Row<T>(op.v, i), static_cast<int>(k / op.v.rows), i);
    if (threadIdx.x == 0) op.share[k] = share;  // of the first thread
  }
};

template <typename T>
struct SquareRows {
  static constexpr int kThreads = kRowThreads;
  Weights<T> w;
  double* row_sums;

  __device__ void run() const {
    const Index i = blockIdx.x;
    const Row<T> row(w.m, i);
    LongSum<T> total{};
    for (int s = 0; s < w.m.count; s++)
      for_own(row.size, [&](Index j) { total.add_product(row.data[s][j], row.data[s][j]); });
    total = sum_block(total);
    if (threadIdx.x > 0) return;
    const double scale = w.scale == nullptr ? 1 : static_cast<double>(w.scale[i]);
    row_sums[i] = scale * scale * total.value();
  }
};

/// By one block: a thread for each four items, as far as it may have them.
template <typename Item>
struct SumItems {
  static constexpr int kThreads = 1024;
  const Item* x;
  Index count;
  double* value;

  __device__ void run() const {
    LongSum<Item> total{};
    for_own(count, [&](Index i) { total.add(x[i]); });
    total = sum_block(total);
    if (threadIdx.x == 0) *value = total.value();
  }
  Shape shape() const {
    const Index warps = std::clamp<Index>((count / 4 + kWarp - 1) / kWarp, 1, kThreads / kWarp);
    return {dim3(1), dim3(static_cast<unsigned>(warps * kWarp))};
  }
};

template <typename T>
struct CopyElements {
  static constexpr int kThreads = kElementThreads;
  GatherRows<T> op;

  __device__ void run() const {
    const Index at = own_element(), cols = op.x.cols;
    if (at >= op.out.rows * cols) return;
    const Index k = (op.first == nullptr ? 0 : *op.first) + at / cols;
    op.out.data[at] = op.x.data[op.order[k] * cols + at % cols];
  }
};

}  // namespace

template <typename T>
void CudaBackend<T>::row_sparsity(const RowSparsity<T>& op) {
  launch("row_sparsity", by_rows(op.v.rows * op.v.count), RowShares<T>{op});
}

template <typename T>
void CudaBackend<T>::squared_norm(const SquaredNorm<T>& op) {
  launch("squared_norm", by_rows(op.w.m.rows), SquareRows<T>{op.w, op.row_sums});
  sum_rows({op.row_sums, op.w.m.rows, op.value});
}

template <typename T>
void CudaBackend<T>::sum(const Sum<T>& op) {
  const SumItems<T> items{op.x, op.count, op.value};
  launch("sum", items.shape(), items);
}

template <typename T>
void CudaBackend<T>::sum_rows(const SumRows& op) {
  const SumItems<double> items{op.x, op.count, op.value};
  launch("sum_rows", items.shape(), items);
}

template <typename T>
void CudaBackend<T>::gather_rows(const GatherRows<T>& op) {
  launch("gather_rows", by_elements(op.out.rows * op.x.cols), CopyElements<T>{op});
}

#define PSILON_INSTANTIATE(T)                                        \
  template void CudaBackend<T>::row_sparsity(const RowSparsity<T>&); \
  template void CudaBackend<T>::squared_norm(const SquaredNorm<T>&); \
  template void CudaBackend<T>::sum(const Sum<T>&);                  \
  template void CudaBackend<T>::sum_rows(const SumRows&);            \
  template void CudaBackend<T>::gather_rows(const GatherRows<T>&);
PSILON_INSTANTIATE(float)
PSILON_INSTANTIATE(double)

}  // namespace psilon::cuda
