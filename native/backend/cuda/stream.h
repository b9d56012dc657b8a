#pragma once

#include <cuda_runtime.h>

#include "backend/cuda/check.h"

namespace psilon::cuda {

/// Work of the device that is done in its order. Before it ends, all of it has been done.
class Stream {
 public:
  /// Of this device, which is the host thread's from now on.
  explicit Stream(int device) : device_(device) {
    check(cudaSetDevice(device), "call cudaSetDevice");
    check(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking), "call cudaStreamCreateWithFlags");
  }
  /// Errors of a device that is lost have been told by the operation that found them.
  ~Stream() { cudaStreamDestroy(stream_); }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  int device() const { return device_; }
  operator cudaStream_t() const { return stream_; }

 private:
  int device_;
  cudaStream_t stream_ = nullptr;
};

}  // namespace psilon::cuda
