#pragma once

#include <cuda_runtime.h>

#include <functional>
#include <tuple>
#include <type_traits>
#include <typeinfo>
#include <utility>

namespace psilon::cuda_host {

/// Of the block that runs.
void* dynamic_shared();

/// body: what a thread does
cudaError_t start(const char* operation, const cudaLaunchConfig_t& shape, const void* kernel,
                  std::function<void()> body);

/// What a kernel of one parameter is launched with.
struct Argument {
  const std::type_info& type;
  std::size_t bytes, alignment;
  const void* data;
};
/// If set, starts another compilation of the kernel that takes such an argument: see ../../../ptx.
inline cudaError_t (*start_instead)(const char* operation, const cudaLaunchConfig_t& shape, const Argument&) = nullptr;

}  // namespace psilon::cuda_host

namespace psilon::cuda {

template <typename T>
using Constant = const T&;

template <typename... Parameters, typename... Arguments>
cudaError_t start(const char* operation, const cudaLaunchConfig_t& shape, void (*kernel)(Parameters...),
                  Arguments&&... arguments) {
  std::tuple<std::remove_cvref_t<Parameters>...> copies(std::forward<Arguments>(arguments)...);
  if constexpr (sizeof...(Parameters) == 1) {
    const auto& only = std::get<0>(copies);
    using Only = std::remove_cvref_t<decltype(only)>;
    if (cuda_host::start_instead != nullptr)
      return cuda_host::start_instead(operation, shape, {typeid(Only), sizeof(Only), alignof(Only), &only});
  }
  return cuda_host::start(operation, shape, reinterpret_cast<const void*>(kernel),
                          [kernel, copies = std::move(copies)] { std::apply(kernel, copies); });
}

}  // namespace psilon::cuda
