#pragma once

#include <cuda_runtime.h>

#include <functional>
#include <tuple>
#include <type_traits>
#include <utility>

namespace psilon::cuda_host {

/// Of the block that runs.
void* dynamic_shared();

/// body: what a thread does
cudaError_t start(const char* operation, const cudaLaunchConfig_t& shape, const void* kernel,
                  std::function<void()> body);

}  // namespace psilon::cuda_host

namespace psilon::cuda {

template <typename T>
using Constant = const T&;

template <typename... Parameters, typename... Arguments>
cudaError_t start(const char* operation, const cudaLaunchConfig_t& shape, void (*kernel)(Parameters...),
                  Arguments&&... arguments) {
  return cuda_host::start(operation, shape, reinterpret_cast<const void*>(kernel),
                          [kernel, copies = std::tuple<std::remove_cvref_t<Parameters>...>(
                                       std::forward<Arguments>(arguments)...)] { std::apply(kernel, copies); });
}

}  // namespace psilon::cuda
