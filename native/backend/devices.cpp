#include "backend/devices.h"

#include <utility>

#include "backend/cpu/instruction_sets.h"
#include "backend/cuda/devices.h"

namespace psilon {

namespace {

/// FLOP/s of one core at 3 GHz, in float32.
double cpu_peak(const std::string& instruction_set) {
  constexpr double kHertz = 3e9;
  const double flop_per_cycle = instruction_set == "avx512" ? 64 : instruction_set == "avx2" ? 32 : 16;
  return flop_per_cycle * kHertz;
}

}  // namespace

DeviceInfo describe_cpu() {
  const std::string set = cpu::instruction_set().name;
  const double peak = cpu_peak(set);
  return {name_of(DeviceKind::Cpu), DeviceKind::Cpu, "CPU, " + set + " kernels", set, 0, true, "", peak, peak / 2};
}

std::vector<DeviceInfo> list_devices() {
  std::vector<DeviceInfo> all{describe_cpu()};
  for (DeviceInfo& gpu : cuda::list_devices()) all.push_back(std::move(gpu));
  return all;
}

std::size_t gpu_free_memory() { return cuda::free_memory(); }

template <typename T>
std::unique_ptr<Backend<T>> open_cpu(int threads, cpu::ThreadLimit limit) {
  return cpu::open<T>(cpu::instruction_set(), threads, std::move(limit));
}

template <typename T>
std::unique_ptr<Backend<T>> open_device(DeviceKind kind, int threads, cpu::ThreadLimit limit, Precision precision) {
  return kind == DeviceKind::Cpu ? open_cpu<T>(threads, std::move(limit)) : cuda::open<T>(precision);
}

#define PSILON_INSTANTIATE(T)                                           \
  template std::unique_ptr<Backend<T>> open_cpu(int, cpu::ThreadLimit); \
  template std::unique_ptr<Backend<T>> open_device(DeviceKind, int, cpu::ThreadLimit, Precision);
PSILON_INSTANTIATE(float)
PSILON_INSTANTIATE(double)

}  // namespace psilon
