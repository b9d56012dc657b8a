/// Losses of each row and their gradients with respect to the outputs (method, section 6).

#include "backend/cuda/bodies.h"
#include "backend/cuda/cuda_backend.h"
#include "backend/loss_rows.h"

namespace psilon::cuda {

namespace {

template <typename T>
struct RowsLoss {
  static constexpr int kThreads = kElementThreads;
  LossGradient<T> op;
  Index targets;  // of a row

  __device__ void run() const {
    const Index i = own_element();
    const Index n = op.f.rows, outputs = op.f.cols;
    if (i >= n) return;
    const T weight = op.weights == nullptr ? T(1) : op.weights[i];
    const T scale = op.scale * weight / static_cast<T>(n);
    T* df = op.df.data == nullptr ? nullptr : op.df.data + i * outputs;
    const T* f = op.f.data + i * outputs;
    const double loss = loss_row(op.loss, f, op.y + i * targets, outputs, scale, df);
    const T terms = static_cast<T>(n) * static_cast<T>(targets);
    op.row_loss[i] = loss * static_cast<double>(weight / terms);
  }
};

}  // namespace

template <typename T>
void CudaBackend<T>::loss_gradient(const LossGradient<T>& op) {
  launch("loss_gradient", by_elements(op.f.rows), RowsLoss<T>{op, targets_of(op.loss, op.f.cols)});
}

template void CudaBackend<float>::loss_gradient(const LossGradient<float>&);
template void CudaBackend<double>::loss_gradient(const LossGradient<double>&);

}  // namespace psilon::cuda
