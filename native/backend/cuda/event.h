#pragma once

#include <cuda_runtime.h>

#include "backend/cuda/check.h"

namespace psilon::cuda {

/// A place on a stream, which the host can wait for.
class Event {
 public:
  Event() { check(cudaEventCreateWithFlags(&event_, cudaEventBlockingSync | cudaEventDisableTiming), "cuda"); }
  ~Event() { cudaEventDestroy(event_); }
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;

  void record(cudaStream_t stream, const char* operation) { check(cudaEventRecord(event_, stream), operation); }
  /// Until the stream has come to where it was recorded last.
  void wait(const char* operation) const { check(cudaEventSynchronize(event_), operation); }

 private:
  cudaEvent_t event_ = nullptr;
};

}  // namespace psilon::cuda
