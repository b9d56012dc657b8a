/// Norms and scales of rows of weights (method, sections 2, 3).

#include "backend/cuda/cuda_backend.h"
#include "backend/cuda/rows.h"

namespace psilon::cuda {

namespace {

template <typename T>
__device__ void set_scale(const RowScales<T>& op, Index i, T norm) {
  op.scale[i] = op.g[op.shared ? 0 : i] / norm;
}

template <typename T>
__global__ void measure_rows(const __grid_constant__ RowScales<T> op) {
  const Index i = blockIdx.x;
  const T norm = row_norm(Row<T>(op.v, i), op.normalization);
  if (threadIdx.x > 0) return;
  op.norm[i] = norm;
  set_scale(op, i, norm);
}

template <typename T>
__global__ void scale_known(const __grid_constant__ RowScales<T> op) {
  const Index i = own_element();
  if (i < op.v.rows) set_scale(op, i, op.norm[i]);
}

template <typename T>
__global__ void multiply_rows(const __grid_constant__ ScaleRows<T> op) {
  const Index i = blockIdx.x;
  const T factor = op.factor[i];
  for (int s = 0; s < op.v.count; s++) {
    T* v = op.v.data[s] + i * op.v.cols;
    for_own(op.v.cols, [&](Index j) { v[j] *= factor; });
  }
}

}  // namespace

template <typename T>
void CudaBackend<T>::row_scales(const RowScales<T>& op) {
  if (op.known)
    launch("row_scales", by_elements(op.v.rows), scale_known<T>, op);
  else
    launch("row_scales", by_rows(op.v.rows), measure_rows<T>, op);
}

template <typename T>
void CudaBackend<T>::scale_rows(const ScaleRows<T>& op) {
  launch("scale_rows", by_rows(op.v.rows), multiply_rows<T>, op);
}

#define PSILON_INSTANTIATE(T)                                    \
  template void CudaBackend<T>::row_scales(const RowScales<T>&); \
  template void CudaBackend<T>::scale_rows(const ScaleRows<T>&);
PSILON_INSTANTIATE(float)
PSILON_INSTANTIATE(double)

}  // namespace psilon::cuda
