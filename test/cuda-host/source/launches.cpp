#include <cuda_host/launch.h>

#include <algorithm>
#include <map>
#include <memory>
#include <utility>

#include "calls.h"
#include "counts.h"
#include "limits.h"
#include "memory.h"
#include "multiprocessor.h"
#include "streams.h"

namespace psilon::cuda_host {

namespace {

/// Bytes of dynamic shared memory that kernels have asked for.
std::map<const void*, int>& shared_bytes() {
  static auto* const all = new std::map<const void*, int>;
  return *all;
}

bool is_shape(const dim3& grid, const dim3& block) {
  return grid.x >= 1 && grid.x <= 0x7fffffff && grid.y >= 1 && grid.y <= 65535 && grid.z >= 1 && grid.z <= 65535 &&
         block.x >= 1 && block.x <= 1024 && block.y >= 1 && block.y <= 1024 && block.z >= 1 && block.z <= 64 &&
         block.x * block.y * block.z <= kMostThreads;
}

}  // namespace

cudaError_t start(const char* operation, const cudaLaunchConfig_t& shape, const void* kernel,
                  std::function<void()> body) {
  return call([&] {
    require(is_shape(shape.gridDim, shape.blockDim), cudaErrorInvalidConfiguration);
    const auto asked = shared_bytes().find(kernel);
    const int most = asked == shared_bytes().end() ? kSharedBytes : std::max(asked->second, kSharedBytes);
    require(shape.dynamicSmemBytes <= static_cast<std::size_t>(most), cudaErrorInvalidValue);
    const auto launched = std::make_shared<const Kernel>(
        Kernel{operation, shape.gridDim, shape.blockDim, shape.dynamicSmemBytes, std::move(body)});
    const auto run = [launched] {
      multiprocessor().run(*launched);
      device_memory().check_margins("[" + launched->operation + "]");
    };
    if (shape.stream == nullptr || !shape.stream->capture) count(Count::Kernel);
    submit(shape.stream, {run, 1});
  });
}

}  // namespace psilon::cuda_host

using namespace psilon::cuda_host;

cudaError_t cudaFuncSetAttribute(const void* kernel, cudaFuncAttribute attribute, int value) {
  return call([&] {
    require(attribute == cudaFuncAttributeMaxDynamicSharedMemorySize && value >= 0 && value <= kMostSharedBytes,
            cudaErrorInvalidValue);
    shared_bytes()[kernel] = value;
  });
}
