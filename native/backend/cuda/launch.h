#pragma once

#include <cuda_runtime.h>

#include <cstddef>
#include <type_traits>
#include <utility>

#include "backend/cuda/check.h"

#ifdef __CUDACC__
namespace psilon::cuda {

/// An argument of a kernel that stays in the memory of arguments.
template <typename T>
using Constant = const T;

/// The block's memory of Launch::shared bytes, aligned to 16.
template <typename T>
__device__ T* dynamic_shared() {
  extern __shared__ __align__(16) unsigned char psilon_dynamic_shared[];
  return reinterpret_cast<T*>(psilon_dynamic_shared);
}

template <typename... Parameters, typename... Arguments>
cudaError_t start(const char*, const cudaLaunchConfig_t& shape, void (*kernel)(Parameters...),
                  Arguments&&... arguments) {
  return cudaLaunchKernelEx(&shape, kernel, std::forward<Arguments>(arguments)...);
}

}  // namespace psilon::cuda
#else
#include <cuda_host/launch.h>  // the same three for tests on the CPU
#endif

namespace psilon::cuda {

struct Launch {
  dim3 grid;
  dim3 block;
  std::size_t shared = 0;  // bytes
  cudaStream_t stream = nullptr;
};

/// Puts a kernel on a stream; throws ERR_DEVICE if that fails.
template <typename... Parameters, typename... Arguments>
void launch(const char* operation, const Launch& shape, void (*kernel)(Parameters...), Arguments&&... arguments) {
  static_assert((std::is_trivially_copyable_v<std::remove_cvref_t<Parameters>> && ...),
                "a kernel takes its arguments as copies of bytes");
  cudaLaunchConfig_t config{};
  config.gridDim = shape.grid;
  config.blockDim = shape.block;
  config.dynamicSmemBytes = shape.shared;
  config.stream = shape.stream;
  check(start(operation, config, kernel, std::forward<Arguments>(arguments)...), operation);
}

}  // namespace psilon::cuda
