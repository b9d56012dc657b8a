/// Losses of each row and their gradients with respect to the outputs (method, section 6).

#include <algorithm>
#include <cmath>

#include "backend/cpu/cpu_backend.h"

namespace psilon::cpu::PSILON_LEVEL {

namespace {

template <typename T>
double mse_row(const T* f, const T* y, Index outputs, T scale, T* df) {
  double total = 0;
  for (Index j = 0; j < outputs; j++) {
    const T error = f[j] - y[j];
    total += static_cast<double>(error) * static_cast<double>(error);
    if (df != nullptr) df[j] = 2 * scale / static_cast<T>(outputs) * error;
  }
  return total / static_cast<double>(outputs);
}

template <typename T>
double bce_row(const T* f, const T* y, Index outputs, T scale, T* df) {
  double total = 0;
  for (Index j = 0; j < outputs; j++) {
    const T tail = std::exp(-std::abs(f[j]));
    total += static_cast<double>(std::max(f[j], T(0)) - f[j] * y[j] + std::log1p(tail));
    const T sigmoid = (f[j] >= 0 ? T(1) : tail) / (1 + tail);
    if (df != nullptr) df[j] = scale / static_cast<T>(outputs) * (sigmoid - y[j]);
  }
  return total / static_cast<double>(outputs);
}

template <typename T>
double softmax_row(const T* f, Index label, Index outputs, T scale, T* df) {
  const T largest = *std::max_element(f, f + outputs);
  T total = 0;
  for (Index j = 0; j < outputs; j++) total += std::exp(f[j] - largest);
  if (df != nullptr)
    for (Index j = 0; j < outputs; j++) df[j] = scale * (std::exp(f[j] - largest) / total - (j == label ? T(1) : T(0)));
  return static_cast<double>(std::log(total) - (f[label] - largest));
}

}  // namespace

template <typename T>
void CpuBackend<T>::loss_gradient(const LossGradient<T>& op) {
  const Index n = op.f.rows;
  const Index outputs = op.f.cols;
  pool_.run(n, 1 + 512 / outputs, [&](Index begin, Index end, int) {
    for (Index i = begin; i < end; i++) {
      const T weight = op.weights == nullptr ? T(1) : op.weights[i];
      const T scale = op.scale * weight / static_cast<T>(n);
      T* df = op.df.data == nullptr ? nullptr : op.df.row(i);
      const T* f = op.f.row(i);
      double loss;
      if (op.loss == Loss::Mse)
        loss = mse_row(f, op.y + i * outputs, outputs, scale, df);
      else if (op.loss == Loss::Bce)
        loss = bce_row(f, op.y + i * outputs, outputs, scale, df);
      else
        loss = softmax_row(f, static_cast<Index>(op.y[i]), outputs, scale, df);
      op.row_loss[i] = loss * static_cast<double>(weight) / static_cast<double>(n);
    }
  });
}

template void CpuBackend<float>::loss_gradient(const LossGradient<float>&);
template void CpuBackend<double>::loss_gradient(const LossGradient<double>&);

}  // namespace psilon::cpu::PSILON_LEVEL
