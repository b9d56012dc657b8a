#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "backend/backend.h"
#include "backend/cpu/thread_limit.h"
#include "support/words.h"

namespace psilon {

enum class DeviceKind { Cpu, Cuda };
template <>
inline constexpr auto kWords<DeviceKind> =
    std::to_array<Word<DeviceKind>>({{"cpu", DeviceKind::Cpu}, {"cuda", DeviceKind::Cuda}});

struct DeviceInfo {
  std::string name;
  DeviceKind kind;
  std::string description;
  std::string instruction_set;
  std::size_t memory;  // bytes of its own
  bool available;
  /// Why the device cannot be used.
  std::string reason;
  /// Approximate FLOP/s of multiply-adds in registers; of a CPU, on one core.
  double peak_float32 = 0, peak_float64 = 0;
};

DeviceInfo describe_cpu();
/// The CPU and the GPUs, for which CUDA is asked.
std::vector<DeviceInfo> list_devices();

/// The CPU with at most so many threads, the calling one included, and at most `limit` at a time.
template <typename T>
std::unique_ptr<Backend<T>> open_cpu(int threads, cpu::ThreadLimit limit = nullptr);

/// Bytes that can still be allocated on the first GPU that can be used, which this opens. Throws ERR_DEVICE.
std::size_t gpu_free_memory();

/// The CPU like that, or the first GPU that can be used, whose products have this precision. Throws ERR_DEVICE with the
/// reason why there is none.
template <typename T>
std::unique_ptr<Backend<T>> open_device(DeviceKind kind, int threads, cpu::ThreadLimit limit = nullptr,
                                        Precision precision = Precision::Float32);

}  // namespace psilon
