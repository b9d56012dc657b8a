/// What a run keeps from step to step: settings, figures, parameters.

#include "backend/cuda/bodies.h"
#include "backend/cuda/cuda_backend.h"

namespace psilon::cuda {

namespace {

const Shape kOneThread{dim3(1), dim3(1)};

struct TakeSettings {
  static constexpr int kThreads = 1;
  NextStep op;

  __device__ void run() const {
    *op.settings = op.plan[*op.next];
    *op.next += 1;
  }
};

struct AddProduct {
  static constexpr int kThreads = 1;
  AddShare op;

  __device__ void run() const { *op.total = op.share * *op.value + (op.begins ? 0 : *op.total); }
};

struct Append {
  static constexpr int kThreads = 1;
  AppendFigures op;

  __device__ void run() const {
    Index end = *op.end;
    bool diverged = op.diverged != nullptr && *op.diverged;
    for (Index k = 0; k < op.count; k++) {
      const double figure = op.figures[k];
      op.log[end++ % op.capacity] = figure;
      if (op.diverged != nullptr && figure * 0 != 0) diverged = true;
    }
    op.log[end++ % op.capacity] = diverged ? 1 : 0;
    *op.end = end;
    if (diverged) *op.diverged = true;
  }
};

template <typename T>
struct CopyFinite {
  static constexpr int kThreads = kElementThreads;
  Keep<T> op;

  __device__ void run() const {
    const Index i = own_element();
    if (i < op.count && !*op.diverged) op.to[i] = op.from[i];
  }
};

}  // namespace

template <typename T>
void CudaBackend<T>::next_step(const NextStep& op) {
  launch("next_step", kOneThread, TakeSettings{op});
}

template <typename T>
void CudaBackend<T>::add_share(const AddShare& op) {
  launch("add_share", kOneThread, AddProduct{op});
}

template <typename T>
void CudaBackend<T>::append_figures(const AppendFigures& op) {
  launch("append_figures", kOneThread, Append{op});
}

template <typename T>
void CudaBackend<T>::keep(const Keep<T>& op) {
  launch("keep", by_elements(op.count), CopyFinite<T>{op});
}

#define PSILON_INSTANTIATE(T)                                         \
  template void CudaBackend<T>::next_step(const NextStep&);           \
  template void CudaBackend<T>::add_share(const AddShare&);           \
  template void CudaBackend<T>::append_figures(const AppendFigures&); \
  template void CudaBackend<T>::keep(const Keep<T>&);
PSILON_INSTANTIATE(float)
PSILON_INSTANTIATE(double)

}  // namespace psilon::cuda
