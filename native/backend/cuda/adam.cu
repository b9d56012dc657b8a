/// One step of Adam (method, section 9).

#include "backend/cuda/adam.h"
#include "backend/cuda/bodies.h"
#include "backend/cuda/cuda_backend.h"

namespace psilon::cuda {

namespace {

template <typename T>
struct StepElements {
  static constexpr int kThreads = kElementThreads;
  Adam<T> op;

  __device__ void run() const {
    const Index i = own_element();
    if (i >= op.count) return;
    AdamStep<T> step(*op.rate);
    step.apply(op.gradient[i], op.parameters + i, op.m + i, op.u + i);
    if (!step.finite()) *op.diverged = true;
  }
};

}  // namespace

template <typename T>
void CudaBackend<T>::adam(const Adam<T>& op) {
  launch("adam", by_elements(op.count), StepElements<T>{op});
}

template void CudaBackend<float>::adam(const Adam<float>&);
template void CudaBackend<double>::adam(const Adam<double>&);

}  // namespace psilon::cuda
