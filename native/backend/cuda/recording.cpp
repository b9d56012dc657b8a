/// Work that is repeated: its kernels are collected and launched once, captured as a graph when they come again, then
/// launched as that.

#include "backend/recording.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "backend/cuda/cuda_backend.h"

namespace psilon::cuda {

namespace {

/// Launches that a stream captured, ready to be launched at once.
class Graph {
 public:
  Graph(cudaStream_t stream, const Launches& launches) {
    check(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal), "call cudaStreamBeginCapture");
    cudaGraph_t graph = nullptr;
    try {
      launches.run(stream);
    } catch (...) {
      cudaStreamEndCapture(stream, &graph);
      cudaGetLastError();
      if (graph != nullptr) cudaGraphDestroy(graph);
      throw;
    }
    check(cudaStreamEndCapture(stream, &graph), "call cudaStreamEndCapture");
    const cudaError_t error = cudaGraphInstantiate(&executable_, graph, 0);
    cudaGraphDestroy(graph);
    check(error, "call cudaGraphInstantiate");
  }
  ~Graph() { cudaGraphExecDestroy(executable_); }
  Graph(const Graph&) = delete;
  Graph& operator=(const Graph&) = delete;

  void launch(cudaStream_t stream) const { check(cudaGraphLaunch(executable_, stream), "call cudaGraphLaunch"); }

 private:
  cudaGraphExec_t executable_ = nullptr;
};

/// The first time loads kernels, which a capture might refuse.
class CudaRecording final : public Recording {
 public:
  CudaRecording(cudaStream_t stream, Launcher& launcher, Pace& pace, const char* name, Works works)
      : stream_(stream), launcher_(launcher), pace_(pace), name_(name), works_(std::move(works)) {}

  bool repeat(Index count, const std::function<bool()>& go_on) override {
    for (Index done = 0; done < count;) {
      if (!go_on()) return false;
      const Index group = std::min(pace_.room(), count - done);
      for (Index k = 0; k < group; k++) launch();
      pace_.launched(group);
      done += group;
    }
    return true;
  }

 private:
  void launch() {
    if (!launches_) {
      launches_ = launcher_.collect(name_, works_);
      return launches_->run(stream_);
    }
    if (!graph_) graph_.emplace(stream_, *launches_);
    graph_->launch(stream_);
  }

  cudaStream_t stream_;
  Launcher& launcher_;
  Pace& pace_;
  const char* name_;
  const Works works_;
  std::unique_ptr<Launches> launches_;
  std::optional<Graph> graph_;
};

}  // namespace

template <typename T>
std::unique_ptr<Recording> CudaBackend<T>::record(const char* name, Works works) {
  reserve_scratch(0, static_cast<Index>(works.size()));
  return std::make_unique<CudaRecording>(stream_, launcher_, pace_, name, std::move(works));
}

#define PSILON_INSTANTIATE(T) template std::unique_ptr<Recording> CudaBackend<T>::record(const char*, Works);
PSILON_INSTANTIATE(float)
PSILON_INSTANTIATE(double)

}  // namespace psilon::cuda
