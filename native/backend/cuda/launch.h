#pragma once

#include <cuda_runtime.h>

#include <type_traits>
#include <utility>

#include "backend/cuda/check.h"

#ifdef __CUDACC__
namespace psilon::cuda {

/// An argument of a kernel that stays in the memory of arguments.
template <typename T>
using Constant = const T;

template <typename... Parameters, typename... Arguments>
cudaError_t start(const char*, const cudaLaunchConfig_t& shape, void (*kernel)(Parameters...),
                  Arguments&&... arguments) {
  return cudaLaunchKernelEx(&shape, kernel, std::forward<Arguments>(arguments)...);
}

}  // namespace psilon::cuda
#else
#include <cuda_host/launch.h>  // the same two for tests on the CPU
#endif

namespace psilon::cuda {

struct Launch {
  dim3 grid;
  dim3 block;
  cudaStream_t stream = nullptr;
};

/// Puts a kernel on a stream; throws ERR_DEVICE if that fails.
template <typename... Parameters, typename... Arguments>
void launch(const char* name, const Launch& shape, void (*kernel)(Parameters...), Arguments&&... arguments) {
  static_assert((std::is_trivially_copyable_v<std::remove_cvref_t<Parameters>> && ...),
                "a kernel takes its arguments as copies of bytes");
  cudaLaunchConfig_t config{};
  config.gridDim = shape.grid;
  config.blockDim = shape.block;
  config.stream = shape.stream;
  check(start(name, config, kernel, std::forward<Arguments>(arguments)...), "kernel ", name);
}

}  // namespace psilon::cuda
