/// The functions of cuda/devices.cu in a build without a CUDA compiler.

#include "backend/cuda/devices.h"

#include "support/error.h"

namespace psilon::cuda {

std::vector<DeviceInfo> list_devices() {
  return {{name_of(DeviceKind::Cuda), DeviceKind::Cuda, "NVIDIA GPU", "", 0, false,
           "this build of psilon has no CUDA backend"}};
}

std::size_t free_memory() { throw Error("ERR_DEVICE", "this build of psilon has no CUDA backend"); }

template <typename T>
std::unique_ptr<Backend<T>> open(Precision) {
  throw Error("ERR_DEVICE", "this build of psilon has no CUDA backend");
}

template std::unique_ptr<Backend<float>> open(Precision);
template std::unique_ptr<Backend<double>> open(Precision);

}  // namespace psilon::cuda
