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
    const T alpha = op.alpha == nullptr ? T(1) : static_cast<T>(*op.alpha);
    const T scale = (1 - alpha) * (op.scale == nullptr ? T(1) : op.scale[i]);
    const T length = alpha * (op.g == nullptr ? T(1) : op.g[op.shared ? 0 : i]);
    const T tau = op.tau[i];
    const T floor = projection_floor(tau, op.keep_zeros);
    for (int s = 0; s < op.v.count; s++) {
      const T* v = op.v.data[s] + i * op.v.cols;
      T* w = op.w.data[s] + i * op.v.cols;
      for_own(op.v.cols, [&](Index j) {
        const T value = v[j], size = magnitude(value) - tau;
        const T p = magnitude(value) > floor ? (value < 0 ? -size : size) : T(0);
        w[j] = scale * value + length * p;
      });
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
