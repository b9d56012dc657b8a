/// Work that is repeated: called once, captured as a graph when it comes again, then launched as that.

#include "backend/recording.h"

#include <algorithm>
#include <utility>

#include "backend/cuda/cuda_backend.h"

namespace psilon::cuda {

namespace {

/// What a stream was given while it captured, ready to be launched.
class Graph {
 public:
  /// Of `work`, which only captures: a stream refuses to wait, and memory to be allocated, meanwhile.
  Graph(cudaStream_t stream, const char* operation, const std::function<void()>& work) {
    check(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal), operation);
    cudaGraph_t graph = nullptr;
    try {
      work();
    } catch (...) {
      cudaStreamEndCapture(stream, &graph);
      cudaGetLastError();
      if (graph != nullptr) cudaGraphDestroy(graph);
      throw;
    }
    check(cudaStreamEndCapture(stream, &graph), operation);
    const cudaError_t error = cudaGraphInstantiate(&executable_, graph, 0);
    cudaGraphDestroy(graph);
    check(error, operation);
  }
  ~Graph() { cudaGraphExecDestroy(executable_); }
  Graph(const Graph&) = delete;
  Graph& operator=(const Graph&) = delete;

  void launch(cudaStream_t stream, const char* operation) const {
    check(cudaGraphLaunch(executable_, stream), operation);
  }

 private:
  cudaGraphExec_t executable_ = nullptr;
};

/// The first time loads kernels, which a capture might refuse.
class CudaRecording final : public Recording {
 public:
  CudaRecording(cudaStream_t stream, Pace& pace, const char* operation, std::function<void()> work)
      : stream_(stream), pace_(pace), operation_(operation), work_(std::move(work)) {}

  bool repeat(Index count, const std::function<bool()>& go_on) override {
    for (Index done = 0; done < count;) {
      if (!go_on()) return false;
      const Index group = std::min(pace_.room(), count - done);
      for (Index k = 0; k < group; k++) launch();
      pace_.launched(group, operation_);
      done += group;
    }
    return true;
  }

 private:
  void launch() {
    if (!std::exchange(called_, true)) return work_();
    if (!graph_) graph_.emplace(stream_, operation_, work_);
    graph_->launch(stream_, operation_);
  }

  cudaStream_t stream_;
  Pace& pace_;
  const char* operation_;
  const std::function<void()> work_;
  bool called_ = false;
  std::optional<Graph> graph_;
};

}  // namespace

template <typename T>
std::unique_ptr<Recording> CudaBackend<T>::record(const char* operation, std::function<void()> work) {
  return std::make_unique<CudaRecording>(stream_, *pace_, operation, std::move(work));
}

#define PSILON_INSTANTIATE(T) \
  template std::unique_ptr<Recording> CudaBackend<T>::record(const char*, std::function<void()>);
PSILON_INSTANTIATE(float)
PSILON_INSTANTIATE(double)

}  // namespace psilon::cuda
