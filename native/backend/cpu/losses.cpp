/// Losses of each row and their gradients with respect to the outputs (method, section 6).

#include "backend/cpu/cpu_backend.h"
#include "backend/loss_rows.h"

namespace psilon::cpu::PSILON_LEVEL {

template <typename T>
void CpuBackend<T>::loss_gradient(const LossGradient<T>& op) {
  const Index n = op.f.rows;
  const Index outputs = op.f.cols;
  const Index targets = targets_of(op.loss, outputs);
  pool_.run(n, 1 + 512 / outputs, [&](Index begin, Index end, int) {
    for (Index i = begin; i < end; i++) {
      const T weight = op.weights == nullptr ? T(1) : op.weights[i];
      const T scale = op.scale * weight / static_cast<T>(n);
      T* df = op.df.data == nullptr ? nullptr : op.df.row(i);
      const T* f = op.f.row(i);
      const double loss = loss_row(op.loss, f, op.y + i * targets, outputs, scale, df) / static_cast<double>(targets);
      op.row_loss[i] = loss * static_cast<double>(weight) / static_cast<double>(n);
    }
  });
}

template void CpuBackend<float>::loss_gradient(const LossGradient<float>&);
template void CpuBackend<double>::loss_gradient(const LossGradient<double>&);

}  // namespace psilon::cpu::PSILON_LEVEL
