/// What a run keeps from step to step: settings, figures, parameters.

#include "backend/cuda/cuda_backend.h"

namespace psilon::cuda {

namespace {

__global__ void take_settings(const __grid_constant__ NextStep op) {
  *op.settings = op.plan[*op.next];
  *op.next += 1;
}

__global__ void add_product(const __grid_constant__ AddShare op) {
  *op.total = op.share * *op.value + (op.begins ? 0 : *op.total);
}

__global__ void append(const __grid_constant__ AppendFigures op) {
  Index end = *op.end;
  bool stray = op.stray != nullptr && *op.stray;
  for (Index k = 0; k < op.count; k++) {
    const double figure = op.figures[k];
    op.log[end++ % op.capacity] = figure;
    if (op.stray != nullptr && figure * 0 != 0) stray = true;
  }
  op.log[end++ % op.capacity] = stray ? 1 : 0;
  *op.end = end;
  if (stray) *op.stray = true;
}

template <typename T>
__global__ void copy_finite(const __grid_constant__ Keep<T> op) {
  const Index i = own_element();
  if (i < op.count && !*op.stray) op.to[i] = op.from[i];
}

}  // namespace

template <typename T>
void CudaBackend<T>::next_step(const NextStep& op) {
  launch("next_step", {dim3(1), dim3(1), 0, stream_}, take_settings, op);
}

template <typename T>
void CudaBackend<T>::add_share(const AddShare& op) {
  launch("add_share", {dim3(1), dim3(1), 0, stream_}, add_product, op);
}

template <typename T>
void CudaBackend<T>::append_figures(const AppendFigures& op) {
  launch("append_figures", {dim3(1), dim3(1), 0, stream_}, append, op);
}

template <typename T>
void CudaBackend<T>::keep(const Keep<T>& op) {
  launch("keep", by_elements(op.count), copy_finite<T>, op);
}

#define PSILON_INSTANTIATE(T)                                         \
  template void CudaBackend<T>::next_step(const NextStep&);           \
  template void CudaBackend<T>::add_share(const AddShare&);           \
  template void CudaBackend<T>::append_figures(const AppendFigures&); \
  template void CudaBackend<T>::keep(const Keep<T>&);
PSILON_INSTANTIATE(float)
PSILON_INSTANTIATE(double)

}  // namespace psilon::cuda
