/// One step of Adam (method, section 9).

#include "backend/cpu/adam.h"

#include <atomic>

#include "backend/cpu/cpu_backend.h"

namespace psilon::cpu::PSILON_LEVEL {

template <typename T>
void CpuBackend<T>::adam(const Adam<T>& op) {
  std::atomic<bool> stray = false;
  pool_.run(op.count, 8192, [&](Index begin, Index end, int) {
    if (adam_range(op.rate, end - begin, op.gradient + begin, op.parameters + begin, op.m + begin, op.u + begin) != 0)
      stray = true;
  });
  if (stray) *op.stray = true;
}

template void CpuBackend<float>::adam(const Adam<float>&);
template void CpuBackend<double>::adam(const Adam<double>&);

}  // namespace psilon::cpu::PSILON_LEVEL
