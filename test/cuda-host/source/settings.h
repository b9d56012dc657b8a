#pragma once

#include <cuda_runtime.h>

#include <cstddef>

namespace psilon::cuda_host {

enum class Order { Forward, Backward, Shuffled };

/// What the environment says when the first call asks.
struct Settings {
  /// PSILON_CUDA_HOST_ORDER: forward, backward or shuffled. Of blocks, and of threads between barriers.
  Order order = Order::Forward;
  /// PSILON_CUDA_HOST_MEMORY: bytes of the device.
  std::size_t memory = std::size_t{2} << 30;
  /// PSILON_CUDA_HOST_FAIL: launch:N, allocation:N, device:none, device:busy, driver:none or capability:MAJOR.MINOR.
  long failing_launch = 0;  // from 1 on; 0: none
  long failing_allocation = 0;
  cudaError_t absent = cudaSuccess;
  bool busy = false;
  int major = 9;
  int minor = 0;
};

const Settings& settings();

}  // namespace psilon::cuda_host
