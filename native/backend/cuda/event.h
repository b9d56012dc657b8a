#pragma once

#include <cuda_runtime.h>

#include "backend/cuda/check.h"

namespace psilon::cuda {

/// A place on a stream, which the host can wait for.
class Event {
 public:
  Event() {
    check(cudaEventCreateWithFlags(&event_, cudaEventBlockingSync | cudaEventDisableTiming),
          "call cudaEventCreateWithFlags");
  }
  ~Event() { cudaEventDestroy(event_); }
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;

  void record(cudaStream_t stream) { check(cudaEventRecord(event_, stream), "call cudaEventRecord"); }
  /// Until the stream has come to where it was recorded last.
  void wait() const { check(cudaEventSynchronize(event_), "call cudaEventSynchronize"); }

 private:
  cudaEvent_t event_ = nullptr;
};

}  // namespace psilon::cuda
