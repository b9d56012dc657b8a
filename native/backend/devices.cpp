#include "backend/devices.h"

#include <utility>

#include "backend/cpu/instruction_sets.h"

namespace psilon {

std::vector<DeviceInfo> list_devices() {
  const std::string set = cpu::instruction_set().name;
  return {
      {"cpu", "cpu", "CPU, " + set + " kernels", set, true, ""},
      {"cuda", "cuda", "NVIDIA GPU", "", false, "this build of psilon has no CUDA backend"},
  };
}

template <typename T>
std::unique_ptr<Backend<T>> open_cpu(int threads, cpu::ThreadLimit limit) {
  return cpu::open<T>(cpu::instruction_set(), threads, std::move(limit));
}

template std::unique_ptr<Backend<float>> open_cpu(int, cpu::ThreadLimit);
template std::unique_ptr<Backend<double>> open_cpu(int, cpu::ThreadLimit);

}  // namespace psilon
