#include "backend/cuda/devices.h"

#include <cstdio>
#include <mutex>
#include <set>
#include <string>

#include "backend/cuda/cuda_backend.h"

namespace psilon::cuda {

namespace {

/// Ten times the major number of a compute capability plus the minor one: the least that the PTX is for.
constexpr int kLeastCapability = 80;

std::string capability_text(int capability) {
  return std::to_string(capability / 10) + "." + std::to_string(capability % 10);
}

std::string too_old(int capability) {
  return "its compute capability is " + capability_text(capability) + ", and psilon needs " +
         capability_text(kLeastCapability) + " or newer";
}

/// Of 1000 times the major number plus 10 times the minor.
std::string version_text(int version) {
  return std::to_string(version / 1000) + "." + std::to_string(version % 1000 / 10);
}

std::string reason_of(cudaError_t error) {
  if (error == cudaErrorNoDevice) return "no NVIDIA GPU was found";
  int runtime = 0;
  cudaRuntimeGetVersion(&runtime);
  if (error == cudaErrorInsufficientDriver)
    return "no NVIDIA driver was found that is new enough for CUDA " + version_text(runtime);
  return std::string(cudaGetErrorName(error)) + ": " + cudaGetErrorString(error);
}

DeviceInfo unusable(const std::string& reason) {
  return {name_of(DeviceKind::Cuda), DeviceKind::Cuda, "NVIDIA GPU", "", 0, false, reason};
}

/// From its clock, its processors, and how many multiply-adds each begins in a cycle.
void describe_peak(DeviceInfo& info, int index, const cudaDeviceProp& properties) {
  int kilohertz = 0, ratio = 1;
  if (cudaDeviceGetAttribute(&kilohertz, cudaDevAttrClockRate, index) != cudaSuccess) return;
  if (cudaDeviceGetAttribute(&ratio, cudaDevAttrSingleToDoublePrecisionPerfRatio, index) != cudaSuccess) return;
  const int lanes = properties.major == 8 && properties.minor == 0 ? 64 : 128;
  info.peak_float32 = 2e3 * kilohertz * properties.multiProcessorCount * lanes;
  info.peak_float64 = info.peak_float32 / ratio;
}

/// The GPUs that this process has opened.
class Opened {
 public:
  void add(int index) {
    const std::lock_guard lock(mutex_);
    all_.insert(index);
  }
  bool contains(int index) {
    const std::lock_guard lock(mutex_);
    return all_.contains(index);
  }
  bool any() {
    const std::lock_guard lock(mutex_);
    return !all_.empty();
  }

 private:
  std::mutex mutex_;
  std::set<int> all_;
};
Opened& opened() {
  static Opened only;
  return only;
}

/// Why a GPU cannot be used; one that has been opened, no more: after such an error every call fails that needs it.
std::string reason_of(cudaError_t error, bool was_opened) {
  return (was_opened ? "this process has lost it, start another: " : "") + reason_of(error);
}

/// Why a GPU that has been opened can be used no more, if so.
std::string loss(int index) {
  if (!opened().contains(index)) return "";
  std::size_t free = 0, total = 0;
  cudaError_t error = cudaSetDevice(index);
  if (error == cudaSuccess) error = cudaMemGetInfo(&free, &total);
  cudaGetLastError();
  return error == cudaSuccess ? "" : reason_of(error, true);
}

DeviceInfo describe(int index) {
  cudaDeviceProp properties{};
  if (const auto error = cudaGetDeviceProperties(&properties, index))
    return unusable(reason_of(error, opened().contains(index)));
  int driver = 0;
  cudaDriverGetVersion(&driver);
  const int capability = 10 * properties.major + properties.minor;
  char text[512];
  std::snprintf(text, sizeof text, "%s, %.1f GiB, compute capability %s, driver for CUDA %s", properties.name,
                static_cast<double>(properties.totalGlobalMem) / (1 << 30), capability_text(capability).c_str(),
                version_text(driver).c_str());
  const std::string kind = name_of(DeviceKind::Cuda);
  const std::string name = index == 0 ? kind : kind + ":" + std::to_string(index);
  DeviceInfo info{name, DeviceKind::Cuda, text, "", properties.totalGlobalMem, true, ""};
  describe_peak(info, index, properties);
  info.reason = capability >= kLeastCapability ? loss(index) : too_old(capability);
  info.available = info.reason.empty();
  return info;
}

/// The first that can be used.
int usable_device() {
  const auto all = list_devices();
  for (std::size_t index = 0; index < all.size(); index++)
    if (all[index].available) return static_cast<int>(index);
  throw Error("ERR_DEVICE", "no device can be used: " + all.front().reason);
}

}  // namespace

std::vector<DeviceInfo> list_devices() {
  int count = 0;
  const auto error = cudaGetDeviceCount(&count);
  cudaGetLastError();
  if (error != cudaSuccess || count == 0)
    return {unusable(reason_of(error ? error : cudaErrorNoDevice, opened().any()))};
  std::vector<DeviceInfo> all;
  for (int index = 0; index < count; index++) all.push_back(describe(index));
  return all;
}

std::size_t free_memory() {
  const int index = usable_device();
  std::size_t free = 0, total = 0;
  check(cudaSetDevice(index), "call cudaSetDevice");
  check(cudaMemGetInfo(&free, &total), "call cudaMemGetInfo");
  opened().add(index);
  return free;
}

template <typename T>
std::unique_ptr<Backend<T>> open(Precision precision) {
  const int index = usable_device();
  auto backend = std::make_unique<CudaBackend<T>>(index, precision);
  opened().add(index);
  return backend;
}

template std::unique_ptr<Backend<float>> open(Precision);
template std::unique_ptr<Backend<double>> open(Precision);

}  // namespace psilon::cuda
