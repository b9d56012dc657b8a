/// One step of Adam (method, section 9).

#include "backend/cpu/adam.h"

#include <atomic>

#include "backend/cpu/cpu_backend.h"

namespace psilon::cpu::PSILON_LEVEL {

template <typename T>
void CpuBackend<T>::adam(const Adam<T>& op) {
  std::atomic<bool> diverged = false;
  pool_.run(op.count, 8192, [&](Index begin, Index end, int) {
    AdamStep<T> step(*op.rate);
    for_vectors<T>(end - begin, [&](Index i, auto lanes) {
      i += begin;
      step.apply(load(op.gradient + i, lanes), op.parameters + i, op.m + i, op.u + i, lanes);
    });
    if (!step.finite()) diverged = true;
  });
  if (diverged) *op.diverged = true;
}

template void CpuBackend<float>::adam(const Adam<float>&);
template void CpuBackend<double>::adam(const Adam<double>&);

}  // namespace psilon::cpu::PSILON_LEVEL
