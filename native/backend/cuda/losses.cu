/// Losses of each row and their gradients with respect to the outputs (method, section 6).

#include "backend/cuda/bodies.h"
#include "backend/cuda/cuda_backend.h"
#include "backend/cuda/rows.h"

namespace psilon::cuda {

namespace {

template <typename T>
__device__ double mse_row(const T* f, const T* y, Index outputs, T scale, T* df) {
  double total = 0;
  for (Index j = 0; j < outputs; j++) {
    const T error = f[j] - y[j];
    total += static_cast<double>(error) * static_cast<double>(error);
    if (df != nullptr) df[j] = 2 * scale / static_cast<T>(outputs) * error;
  }
  return total / static_cast<double>(outputs);
}

template <typename T>
__device__ double bce_row(const T* f, const T* y, Index outputs, T scale, T* df) {
  double total = 0;
  for (Index j = 0; j < outputs; j++) {
    const T tail = exp(-magnitude(f[j]));
    const T positive = f[j] < 0 ? T(0) : f[j];  // NaN stays NaN
    total += static_cast<double>(positive - f[j] * y[j] + log1p(tail));
    const T sigmoid = (f[j] >= 0 ? T(1) : tail) / (1 + tail);
    if (df != nullptr) df[j] = scale / static_cast<T>(outputs) * (sigmoid - y[j]);
  }
  return total / static_cast<double>(outputs);
}

template <typename T>
__device__ double softmax_row(const T* f, Index label, Index outputs, T scale, T* df) {
  T largest = f[0];
  for (Index j = 1; j < outputs; j++) largest = larger(largest, f[j]);
  T total = 0;
  for (Index j = 0; j < outputs; j++) total += exp(f[j] - largest);
  if (df != nullptr)
    for (Index j = 0; j < outputs; j++) df[j] = scale * (exp(f[j] - largest) / total - (j == label ? T(1) : T(0)));
  return static_cast<double>(log(total) - (f[label] - largest));
}

template <typename T>
struct RowsLoss {
  static constexpr int kThreads = kElementThreads;
  LossGradient<T> op;

  __device__ void run() const {
    const Index i = own_element();
    const Index n = op.f.rows, outputs = op.f.cols;
    if (i >= n) return;
    const T weight = op.weights == nullptr ? T(1) : op.weights[i];
    const T scale = op.scale * weight / static_cast<T>(n);
    T* df = op.df.data == nullptr ? nullptr : op.df.data + i * outputs;
    const T* f = op.f.data + i * outputs;
    double loss;
    if (op.loss == Loss::Mse)
      loss = mse_row(f, op.y + i * outputs, outputs, scale, df);
    else if (op.loss == Loss::Bce)
      loss = bce_row(f, op.y + i * outputs, outputs, scale, df);
    else
      loss = softmax_row(f, static_cast<Index>(op.y[i]), outputs, scale, df);
    op.row_loss[i] = loss * static_cast<double>(weight) / static_cast<double>(n);
  }
};

}  // namespace

template <typename T>
void CudaBackend<T>::loss_gradient(const LossGradient<T>& op) {
  launch("loss_gradient", by_elements(op.f.rows), RowsLoss<T>{op});
}

template void CudaBackend<float>::loss_gradient(const LossGradient<float>&);
template void CudaBackend<double>::loss_gradient(const LossGradient<double>&);

}  // namespace psilon::cuda
