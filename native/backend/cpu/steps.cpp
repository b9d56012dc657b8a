/// What a run keeps from step to step: settings, figures, parameters.

#include <algorithm>
#include <cmath>

#include "backend/cpu/cpu_backend.h"

namespace psilon::cpu::PSILON_LEVEL {

template <typename T>
void CpuBackend<T>::next_step(const NextStep<T>& op) {
  *op.settings = op.plan[(*op.next)++];
}

template <typename T>
void CpuBackend<T>::add_share(const AddShare& op) {
  const volatile double product = op.share * *op.value;  // rounded, on every level, before it is added
  *op.total = op.begins ? product : *op.total + product;
}

template <typename T>
void CpuBackend<T>::append_figures(const AppendFigures& op) {
  const auto put = [&](double figure) { op.log[(*op.end)++ % op.capacity] = figure; };
  for (Index k = 0; k < op.count; k++) {
    put(op.figures[k]);
    if (op.diverged != nullptr && !std::isfinite(op.figures[k])) *op.diverged = true;
  }
  put(op.diverged != nullptr && *op.diverged ? 1 : 0);
}

template <typename T>
void CpuBackend<T>::keep(const Keep<T>& op) {
  if (!*op.diverged) std::copy_n(op.from, op.count, op.to);
}

#define PSILON_INSTANTIATE(T)                                        \
  template void CpuBackend<T>::next_step(const NextStep<T>&);        \
  template void CpuBackend<T>::add_share(const AddShare&);           \
  template void CpuBackend<T>::append_figures(const AppendFigures&); \
  template void CpuBackend<T>::keep(const Keep<T>&);
PSILON_INSTANTIATE(float)
PSILON_INSTANTIATE(double)

}  // namespace psilon::cpu::PSILON_LEVEL
