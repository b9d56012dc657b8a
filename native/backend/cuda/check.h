#pragma once

#include <cuda_runtime.h>

#include <string>

#include "support/error.h"

namespace psilon::cuda {

/// Throws ERR_MEMORY or ERR_DEVICE if a call of the runtime failed, and takes its error away from the thread.
inline void check(cudaError_t error, const char* operation) {
  if (error == cudaSuccess) return;
  cudaGetLastError();
  throw Error(error == cudaErrorMemoryAllocation ? "ERR_MEMORY" : "ERR_DEVICE",
              std::string("[") + operation + "] CUDA: " + cudaGetErrorName(error) + ": " + cudaGetErrorString(error));
}

}  // namespace psilon::cuda
