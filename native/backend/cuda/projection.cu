/// Projection of raw rows (method, section 7).

#include "backend/cuda/bodies.h"
#include "backend/cuda/cuda_backend.h"
#include "backend/cuda/rows.h"
#include "backend/cuda/threshold.h"

namespace psilon::cuda {

namespace {

template <typename T>
struct FindThresholds {
  static constexpr int kThreads = kRowThreads;
  Thresholds<T> op;

  __device__ void run() const {
    const Index i = blockIdx.x;
    const T tau = threshold(Row<T>(op.v, i), T(1), op.keep_zeros);
    if (threadIdx.x == 0) op.tau[i] = tau;
  }
};

template <typename T>
struct BlendRows {
  static constexpr int kThreads = kRowThreads;
  Blend<T> op;

  __device__ void run() const {
    const Index i = blockIdx.x;
    const BlendRow<T> blend(op, i);
    for (int s = 0; s < op.v.count; s++) {
      const T* v = op.v.data[s] + i * op.v.cols;
      T* w = op.w.data[s] + i * op.v.cols;
      for_own(op.v.cols, [&](Index j) { w[j] = blend(v[j]); });
    }
  }
};

}  // namespace

template <typename T>
void CudaBackend<T>::thresholds(const Thresholds<T>& op) {
  launch("thresholds", by_rows(op.v.rows), FindThresholds<T>{op});
}

template <typename T>
void CudaBackend<T>::blend(const Blend<T>& op) {
  launch("blend", by_rows(op.v.rows), BlendRows<T>{op});
}

#define PSILON_INSTANTIATE(T)                                     \
  template void CudaBackend<T>::thresholds(const Thresholds<T>&); \
  template void CudaBackend<T>::blend(const Blend<T>&);
PSILON_INSTANTIATE(float)
PSILON_INSTANTIATE(double)

}  // namespace psilon::cuda
