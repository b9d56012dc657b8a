/// The products of a layer that stand alone.

#include "backend/cuda/cuda_backend.h"
#include "backend/cuda/products.h"

namespace psilon::cuda {

template <typename T>
void CudaBackend<T>::linear_forward(const LinearForward<T>& op) {
  multiply("linear_forward", ForwardProduct<T>{op}, multiplication());
}

template <typename T>
void CudaBackend<T>::linear_backward_input(const LinearBackwardInput<T>& op) {
  multiply("linear_backward_input", BackwardInputProduct<T>{op}, multiplication());
}

#define PSILON_INSTANTIATE(T)                                            \
  template void CudaBackend<T>::linear_forward(const LinearForward<T>&); \
  template void CudaBackend<T>::linear_backward_input(const LinearBackwardInput<T>&);
PSILON_INSTANTIATE(float)
PSILON_INSTANTIATE(double)

}  // namespace psilon::cuda
