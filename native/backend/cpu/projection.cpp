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
  const T alpha = op.alpha == nullptr ? T(1) : *op.alpha;
  pool_.run(op.v.rows, rows_per_thread(op.v.cols), [&](Index begin, Index end, int) {
    for (Index i = begin; i < end; i++) {
      const T scale = (1 - alpha) * (op.scale == nullptr ? T(1) : op.scale[i]);
      const T length = alpha * (op.g == nullptr ? T(1) : op.g[op.shared ? 0 : i]);
      const T tau = op.tau[i];
      const T floor = projection_floor(tau, op.keep_zeros);
      for (int s = 0; s < op.v.count; s++)
        for_vectors<T>(op.v.cols, [&](Index j, auto lanes) {
          const Vector<T> v = load(op.v.row(s, i) + j, lanes), size = magnitudes(v) - tau;
          const Vector<T> p = magnitudes(v) > floor ? (v < 0 ? -size : size) : Vector<T>{};
          store<T>(op.w.row(s, i) + j, scale * v + length * p, lanes);
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
