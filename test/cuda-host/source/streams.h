#pragma once

#include <cuda_runtime.h>

#include <deque>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

namespace psilon::cuda_host {

struct Work {
  std::function<void()> run;
  long launches = 0;  // of kernels
};

struct Capture {
  cudaStreamCaptureMode mode;
  std::thread::id thread;
  std::vector<Work> work;
  bool valid = true;
};

/// Puts work on a stream, or into the graph that the stream captures. Work of the default stream, a null pointer, waits
/// for that of all blocking streams, and runs at once.
void submit(cudaStream_t stream, Work work);

/// Runs what has been put on all streams.
void run_everything();

/// That the stream is one from which no graph is captured; otherwise that graph is spoilt.
void require_uncaptured(cudaStream_t stream);

/// That no capture forbids this thread what could disturb it; otherwise those that do are spoilt.
void require_undisturbing();

}  // namespace psilon::cuda_host

/// Work waits until somebody waits for it, as late as a device may be, so that nobody reads results too early
/// unnoticed.
struct CUstream_st {
  bool blocking;
  std::deque<psilon::cuda_host::Work> pending{};
  std::unique_ptr<psilon::cuda_host::Capture> capture{};

  void run_next();
  void run_all();
};
