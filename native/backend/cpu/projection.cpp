/// Projection of raw rows (method, section 7).

#include "backend/cpu/cpu_backend.h"
#include "backend/cpu/rows.h"
#include "backend/cpu/threshold.h"

namespace psilon::cpu::PSILON_LEVEL {

template <typename T>
void CpuBackend<T>::thresholds(const Thresholds<T>& op) {
  pool_.run(op.v.rows, rows_per_thread(op.v.cols), [&](Index begin, Index end, int) {
    for (Index i = begin; i < end; i++) op.tau[i] = threshold(Row<T>(op.v, i), T(1), op.keep_zeros);
  });
}

template <typename T>
void CpuBackend<T>::blend(const Blend<T>& op) {
  pool_.run(op.v.rows, rows_per_thread(op.v.cols), [&](Index begin, Index end, int) {
    for (Index i = begin; i < end; i++) {
      const BlendRow<T> blend(op, i);
      for (int s = 0; s < op.v.count; s++)
        for_vectors<T>(op.v.cols, [&](Index j, auto lanes) {
          store<T>(op.w.row(s, i) + j, blend(load(op.v.row(s, i) + j, lanes)), lanes);
        });
    }
  });
}

#define PSILON_INSTANTIATE(T)                                    \
  template void CpuBackend<T>::thresholds(const Thresholds<T>&); \
  template void CpuBackend<T>::blend(const Blend<T>&);
PSILON_INSTANTIATE(float)
PSILON_INSTANTIATE(double)

}  // namespace psilon::cpu::PSILON_LEVEL
