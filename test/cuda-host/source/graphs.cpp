#include <memory>
#include <utility>
#include <vector>

#include "calls.h"
#include "counts.h"
#include "streams.h"

using namespace psilon::cuda_host;

struct CUgraph_st {
  std::vector<Work> work;
};

struct CUgraphExec_st {
  Work work;
};

cudaError_t cudaStreamBeginCapture(cudaStream_t stream, cudaStreamCaptureMode mode) {
  return call([&] {
    require(stream != nullptr, cudaErrorStreamCaptureUnsupported);
    require_uncaptured(stream);
    stream->capture = std::make_unique<Capture>(Capture{mode, std::this_thread::get_id(), {}});
  });
}

cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t* graph) {
  *graph = nullptr;
  return call([&] {
    require(stream != nullptr && stream->capture, cudaErrorIllegalState);
    require(
        stream->capture->mode == cudaStreamCaptureModeRelaxed || stream->capture->thread == std::this_thread::get_id(),
        cudaErrorStreamCaptureWrongThread);
    const auto capture = std::move(stream->capture);
    require(capture->valid, cudaErrorStreamCaptureInvalidated);
    *graph = new CUgraph_st{std::move(capture->work)};
  });
}

cudaError_t cudaGraphInstantiate(cudaGraphExec_t* executable, cudaGraph_t graph, unsigned long long flags) {
  return call([&] {
    require(graph != nullptr && flags == 0, cudaErrorInvalidValue);
    const auto all = std::make_shared<const std::vector<Work>>(graph->work);
    long launches = 0;
    for (const Work& work : *all) launches += work.launches;
    const auto run = [all] {
      for (const Work& work : *all) work.run();
    };
    *executable = new CUgraphExec_st{{run, launches}};
  });
}

cudaError_t cudaGraphLaunch(cudaGraphExec_t executable, cudaStream_t stream) {
  return call([&] {
    require(executable != nullptr, cudaErrorInvalidValue);
    count(Count::Graph);
    submit(stream, executable->work);
  });
}

cudaError_t cudaGraphExecDestroy(cudaGraphExec_t executable) {
  return call([&] {
    require(executable != nullptr, cudaErrorInvalidValue);
    delete executable;
  });
}

cudaError_t cudaGraphDestroy(cudaGraph_t graph) {
  return call([&] {
    require(graph != nullptr, cudaErrorInvalidValue);
    delete graph;
  });
}
