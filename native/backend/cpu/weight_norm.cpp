/// Norms and scales of rows of weights (method, sections 2, 3).

#include "backend/cpu/cpu_backend.h"
#include "backend/cpu/rows.h"

namespace psilon::cpu::PSILON_LEVEL {

template <typename T>
void CpuBackend<T>::row_scales(const RowScales<T>& op) {
  const Index grain = op.known ? op.v.rows : rows_per_thread(op.v.cols);
  pool_.run(op.v.rows, grain, [&](Index begin, Index end, int) {
    for (Index i = begin; i < end; i++) {
      if (!op.known) op.norm[i] = row_norm(Row<T>(op.v, i), op.normalization);
      op.scale[i] = op.g[op.shared ? 0 : i] / op.norm[i];
    }
  });
}

template <typename T>
void CpuBackend<T>::scale_rows(const ScaleRows<T>& op) {
  pool_.run(op.v.rows, rows_per_thread(op.v.cols), [&](Index begin, Index end, int) {
    for (int s = 0; s < op.v.count; s++)
      for (Index i = begin; i < end; i++)
        for (Index j = 0; j < op.v.cols; j++) op.v.row(s, i)[j] *= op.factor[i];
  });
}

#define PSILON_INSTANTIATE(T)                                   \
  template void CpuBackend<T>::row_scales(const RowScales<T>&); \
  template void CpuBackend<T>::scale_rows(const ScaleRows<T>&);
PSILON_INSTANTIATE(float)
PSILON_INSTANTIATE(double)

}  // namespace psilon::cpu::PSILON_LEVEL
