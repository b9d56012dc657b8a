/// Losses of each row and their gradients with respect to the outputs (method, section 6).

#include "backend/cpu/cpu_backend.h"
#include "backend/cpu/row_loss.h"

namespace psilon::cpu::PSILON_LEVEL {

template <typename T>
void CpuBackend<T>::loss_gradient(const LossGradient<T>& op) {
  const Index n = op.f.rows, outputs = op.f.cols;
  pool_.run(n, 1 + 512 / outputs, [&](Index begin, Index end, int) {
    for (Index i = begin; i < end; i++)
      differentiate_row(op, i, n, outputs, op.f.row(i), op.df.data == nullptr ? nullptr : op.df.row(i));
  });
}

template void CpuBackend<float>::loss_gradient(const LossGradient<float>&);
template void CpuBackend<double>::loss_gradient(const LossGradient<double>&);

}  // namespace psilon::cpu::PSILON_LEVEL
