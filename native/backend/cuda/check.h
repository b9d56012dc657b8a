#pragma once

#include <cuda_runtime.h>

#include <string>

#include "support/error.h"

namespace psilon::cuda {

/// Throws ERR_MEMORY or ERR_DEVICE if a call of the runtime failed, and takes its error away from the thread. The
/// sentence says what failed: "call cudaMalloc", or "kernel " and its name.
inline void check(cudaError_t error, const char* what, const char* name = "") {
  if (error == cudaSuccess) return;
  cudaGetLastError();
  throw Error(error == cudaErrorMemoryAllocation ? "ERR_MEMORY" : "ERR_DEVICE",
              std::string("CUDA ") + what + name + ": " + cudaGetErrorName(error) + ": " + cudaGetErrorString(error));
}

}  // namespace psilon::cuda
