/// Errors, and what the device says of itself.

#include <algorithm>
#include <iterator>
#include <map>

#include "calls.h"
#include "limits.h"
#include "settings.h"

namespace psilon::cuda_host {

namespace {

bool lost = false;

struct ErrorText {
  cudaError_t error;
  const char* name;
  const char* text;
};

constexpr ErrorText kErrors[] = {
    {cudaSuccess, "cudaSuccess", "no error"},
    {cudaErrorInvalidValue, "cudaErrorInvalidValue", "invalid argument"},
    {cudaErrorMemoryAllocation, "cudaErrorMemoryAllocation", "out of memory"},
    {cudaErrorInvalidConfiguration, "cudaErrorInvalidConfiguration", "invalid configuration argument"},
    {cudaErrorInsufficientDriver, "cudaErrorInsufficientDriver",
     "CUDA driver version is insufficient for CUDA runtime version"},
    {cudaErrorDevicesUnavailable, "cudaErrorDevicesUnavailable", "CUDA-capable device(s) is/are busy or unavailable"},
    {cudaErrorNoDevice, "cudaErrorNoDevice", "no CUDA-capable device is detected"},
    {cudaErrorInvalidDevice, "cudaErrorInvalidDevice", "invalid device ordinal"},
    {cudaErrorInvalidResourceHandle, "cudaErrorInvalidResourceHandle", "invalid resource handle"},
    {cudaErrorIllegalState, "cudaErrorIllegalState", "the operation cannot be performed in the present state"},
    {cudaErrorNotReady, "cudaErrorNotReady", "device not ready"},
    {cudaErrorLaunchFailure, "cudaErrorLaunchFailure", "unspecified launch failure"},
    {cudaErrorStreamCaptureUnsupported, "cudaErrorStreamCaptureUnsupported",
     "operation not permitted when stream is capturing"},
    {cudaErrorStreamCaptureInvalidated, "cudaErrorStreamCaptureInvalidated",
     "operation failed due to a previous error during capture"},
    {cudaErrorStreamCaptureImplicit, "cudaErrorStreamCaptureImplicit",
     "operation would make the legacy stream depend on a capturing blocking stream"},
    {cudaErrorStreamCaptureWrongThread, "cudaErrorStreamCaptureWrongThread",
     "attempt to terminate a thread-local capture sequence from another thread"},
};
constexpr ErrorText kUnknown{cudaSuccess, "unrecognized error code", "unrecognized error code"};

const ErrorText& text_of(cudaError_t error) {
  const auto found = std::find_if(std::begin(kErrors), std::end(kErrors),
                                  [&](const ErrorText& entry) { return entry.error == error; });
  return found == std::end(kErrors) ? kUnknown : *found;
}

}  // namespace

std::mutex& mutex() {
  static auto* const only = new std::mutex;
  return *only;
}

void require_present() { require(settings().absent == cudaSuccess, settings().absent); }

void require_kept() { require(!lost, cudaErrorLaunchFailure); }

void lose_device() { lost = true; }

cudaError_t& last_error() {
  static thread_local cudaError_t error = cudaSuccess;
  return error;
}

}  // namespace psilon::cuda_host

using namespace psilon::cuda_host;

const char* cudaGetErrorName(cudaError_t error) { return text_of(error).name; }
const char* cudaGetErrorString(cudaError_t error) { return text_of(error).text; }

cudaError_t cudaPeekAtLastError() {
  return call([] { require(last_error() == cudaSuccess, last_error()); });
}

cudaError_t cudaGetLastError() {
  const cudaError_t error = cudaPeekAtLastError();
  last_error() = cudaSuccess;
  return error;
}

cudaError_t cudaDriverGetVersion(int* version) {
  *version = settings().absent == cudaErrorInsufficientDriver ? 0 : kCudaVersion;
  return cudaSuccess;
}

cudaError_t cudaRuntimeGetVersion(int* version) {
  *version = kCudaVersion;
  return cudaSuccess;
}

cudaError_t cudaGetDeviceCount(int* count) {
  *count = 0;
  return ask([&] { *count = 1; });
}

cudaError_t cudaSetDevice(int device) {
  return ask([&] {
    require(device == 0, cudaErrorInvalidDevice);
    require(!settings().busy, cudaErrorDevicesUnavailable);
  });
}

cudaError_t cudaGetDevice(int* device) {
  return ask([&] { *device = 0; });
}

cudaError_t cudaGetDeviceProperties(cudaDeviceProp* properties, int device) {
  return ask([&] {
    require(device == 0, cudaErrorInvalidDevice);
    *properties = {
        .name = "host shim",
        .totalGlobalMem = settings().memory,
        .sharedMemPerBlock = kSharedBytes,
        .sharedMemPerBlockOptin = kMostSharedBytes,
        .warpSize = warpSize,
        .maxThreadsPerBlock = kMostThreads,
        .multiProcessorCount = kMultiprocessors,
        .major = settings().major,
        .minor = settings().minor,
    };
  });
}

cudaError_t cudaDeviceGetAttribute(int* value, cudaDeviceAttr attribute, int device) {
  const std::map<cudaDeviceAttr, int> values = {
      {cudaDevAttrMaxThreadsPerBlock, kMostThreads},
      {cudaDevAttrMaxSharedMemoryPerBlock, kSharedBytes},
      {cudaDevAttrWarpSize, warpSize},
      {cudaDevAttrClockRate, kKilohertz},
      {cudaDevAttrMultiProcessorCount, kMultiprocessors},
      {cudaDevAttrComputeCapabilityMajor, settings().major},
      {cudaDevAttrComputeCapabilityMinor, settings().minor},
      {cudaDevAttrSingleToDoublePrecisionPerfRatio, 2},
      {cudaDevAttrMaxSharedMemoryPerBlockOptin, kMostSharedBytes},
  };
  return ask([&] {
    require(device == 0, cudaErrorInvalidDevice);
    require(values.contains(attribute), cudaErrorInvalidValue);
    *value = values.at(attribute);
  });
}
