/// Norms and scales of rows of weights (method, sections 2, 3).

#include <algorithm>

#include "backend/cuda/bodies.h"
#include "backend/cuda/cuda_backend.h"
#include "backend/cuda/rows.h"

namespace psilon::cuda {

namespace {

template <typename T>
__device__ void set_scale(const RowScales<T>& op, Index i, T norm) {
  op.scale[i] = op.g[op.shared ? 0 : i] / norm;
}

/// As many layers as go through a kernel's arguments, a row of blocks for each.
template <typename T>
struct Layers {
  static constexpr std::size_t kMax = 24;
  RowScales<T> all[kMax];
};

template <typename T>
struct MeasureRows {
  static constexpr int kThreads = kRowThreads;
  Layers<T> layers;

  __device__ void run() const {
    const RowScales<T>& op = layers.all[blockIdx.y];
    const Index i = blockIdx.x;
    if (i >= op.v.rows) return;
    const T norm = row_norm(Row<T>(op.v, i), op.normalization);
    if (threadIdx.x > 0) return;
    op.norm[i] = norm;
    set_scale(op, i, norm);
  }
};

template <typename T>
struct ScaleKnown {
  static constexpr int kThreads = kElementThreads;
  Layers<T> layers;

  __device__ void run() const {
    const RowScales<T>& op = layers.all[blockIdx.y];
    const Index i = own_element();
    if (i < op.v.rows) set_scale(op, i, op.norm[i]);
  }
};

template <typename T>
struct MultiplyRows {
  static constexpr int kThreads = kRowThreads;
  ScaleRows<T> op;

  __device__ void run() const {
    const Index i = blockIdx.x;
    const T factor = op.factor[i];
    for (int s = 0; s < op.v.count; s++) {
      T* v = op.v.data[s] + i * op.v.cols;
      for_own(op.v.cols, [&](Index j) { v[j] *= factor; });
    }
  }
};

}  // namespace

template <typename T>
void CudaBackend<T>::row_scales_of(std::span<const RowScales<T>> layers) {
  for (std::size_t first = 0; first < layers.size(); first += Layers<T>::kMax) {
    const auto some = layers.subspan(first, std::min(Layers<T>::kMax, layers.size() - first));
    Layers<T> copies{};
    std::copy(some.begin(), some.end(), copies.all);
    Index rows = 0;
    for (const RowScales<T>& layer : some) rows = std::max(rows, layer.v.rows);
    const bool known = some.front().known;
    Shape shape = known ? by_elements(rows) : by_rows(rows);
    shape.blocks.y = static_cast<unsigned>(some.size());
    if (known)
      launch("row_scales", shape, ScaleKnown<T>{copies});
    else
      launch("row_scales", shape, MeasureRows<T>{copies});
  }
}

template <typename T>
void CudaBackend<T>::row_scales(const RowScales<T>& op) {
  row_scales_of({&op, 1});
}

template <typename T>
void CudaBackend<T>::scale_rows(const ScaleRows<T>& op) {
  launch("scale_rows", by_rows(op.v.rows), MultiplyRows<T>{op});
}

#define PSILON_INSTANTIATE(T)                                                 \
  template void CudaBackend<T>::row_scales_of(std::span<const RowScales<T>>); \
  template void CudaBackend<T>::row_scales(const RowScales<T>&);              \
  template void CudaBackend<T>::scale_rows(const ScaleRows<T>&);
PSILON_INSTANTIATE(float)
PSILON_INSTANTIATE(double)

}  // namespace psilon::cuda
