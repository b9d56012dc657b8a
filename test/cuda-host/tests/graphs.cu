/// What a stream captures runs later, with the arguments it was captured with.

#include <thread>

#include "harness.h"

namespace psilon::cuda_host::tests {

namespace {

using cuda::check;
using cuda::launch;

struct Factors {
  int first, second;
};

__global__ void multiply(int* value, Factors factors) { *value = *value * factors.first + factors.second; }

/// A stream that captures.
cudaStream_t capture(cudaStreamCaptureMode mode = cudaStreamCaptureModeGlobal) {
  cudaStream_t stream = nullptr;
  check(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), "capture");
  check(cudaStreamBeginCapture(stream, mode), "capture");
  return stream;
}

cudaGraphExec_t end(cudaStream_t stream) {
  cudaGraph_t graph = nullptr;
  cudaGraphExec_t executable = nullptr;
  check(cudaStreamEndCapture(stream, &graph), "end");
  check(cudaGraphInstantiate(&executable, graph), "end");
  check(cudaGraphDestroy(graph), "end");
  return executable;
}

int value_after(const Array<int>& value, cudaGraphExec_t graph, cudaStream_t stream) {
  check(cudaGraphLaunch(graph, stream), "graph");
  check(cudaStreamSynchronize(stream), "graph");
  return value.values()[0];
}

void check_replay() {
  const Array<int> value(std::vector<int>{5}), copy(std::vector<int>{0});
  int from = 2;
  const cudaStream_t stream = capture();
  check(cudaMemcpyAsync(copy.data(), &from, sizeof from, cudaMemcpyHostToDevice, stream), "graph");
  Factors factors{3, 1};
  launch("multiply", {.grid = 1, .block = 1, .stream = stream}, multiply, copy.data(), factors);
  factors = {10, 4};
  launch("multiply", {.grid = 1, .block = 1, .stream = stream}, multiply, value.data(), factors);
  factors = {0, 0};
  const cudaGraphExec_t graph = end(stream);
  expect(value.values()[0] == 5 && copy.values()[0] == 0, "nothing runs while a stream captures");
  expect(value_after(value, graph, stream) == 54, "the arguments are those of the capture");
  expect(value_after(value, graph, stream) == 544, "a graph can be launched again");
  expect(copy.values()[0] == 7, "in order");
  from = 3;
  check(cudaGraphLaunch(graph, stream), "graph");
  expect(copy.values()[0] == 7, "a graph waits as other work does");
  check(cudaGraphExecDestroy(graph), "graph");
  check(cudaStreamSynchronize(stream), "graph");
  expect(copy.values()[0] == 10, "memory is read when the graph runs, and what was launched runs");
}

void check_memset() {
  const Array<int> value(std::vector<int>{5});
  const cudaStream_t stream = capture();
  check(cudaMemsetAsync(value.data(), 0, sizeof(int), stream), "graph");
  launch("multiply", {.grid = 1, .block = 1, .stream = stream}, multiply, value.data(), Factors{1, 1});
  const cudaGraphExec_t graph = end(stream);
  expect(value_after(value, graph, stream) == 1 && value_after(value, graph, stream) == 1, "memset runs every time");
}

/// While a stream captures, what disturbs is refused and spoils the capture.
void check_refusal(const char* name, cudaStreamCaptureMode mode, const std::function<cudaError_t(cudaStream_t)>& call) {
  const cudaStream_t stream = capture(mode);
  expect_error(call(stream), cudaErrorStreamCaptureUnsupported, name);
  cudaGraph_t graph = nullptr;
  expect_error(cudaStreamEndCapture(stream, &graph), cudaErrorStreamCaptureInvalidated, "cudaStreamEndCapture");
  expect(graph == nullptr, "no graph");
  expect_error(call(stream), cudaSuccess, name);
}

void check_refusals() {
  const auto global = cudaStreamCaptureModeGlobal, own = cudaStreamCaptureModeThreadLocal,
             relaxed = cudaStreamCaptureModeRelaxed;
  const Array<int> device(1);
  int host = 0;
  const auto malloc = [&](cudaStream_t) {
    void* memory = nullptr;
    return cudaMalloc(&memory, 4);
  };
  const auto from_elsewhere = [&](cudaStream_t stream) {
    cudaError_t error = cudaSuccess;
    std::thread([&] { error = malloc(stream); }).join();
    return error;
  };
  check_refusal("cudaMalloc", global, malloc);
  check_refusal("cudaMalloc", own, malloc);
  check_refusal("cudaMalloc of another thread", global, from_elsewhere);
  check_refusal("cudaMemset", global, [&](cudaStream_t) { return cudaMemset(device.data(), 0, 4); });
  check_refusal("cudaMemcpy", global,
                [&](cudaStream_t) { return cudaMemcpy(&host, device.data(), 4, cudaMemcpyDeviceToHost); });
  check_refusal("cudaDeviceSynchronize", global, [](cudaStream_t) { return cudaDeviceSynchronize(); });
  for (const auto mode : {global, own, relaxed}) {
    check_refusal("cudaStreamSynchronize", mode, [](cudaStream_t stream) { return cudaStreamSynchronize(stream); });
    check_refusal("cudaStreamQuery", mode, [](cudaStream_t stream) { return cudaStreamQuery(stream); });
  }
  for (const auto mode : {own, relaxed}) {
    const cudaStream_t stream = capture(mode);
    expect_error(mode == own ? from_elsewhere(stream) : malloc(stream), cudaSuccess, "cudaMalloc");
    check(cudaGraphExecDestroy(end(stream)), "graph");
  }
}

void check_other_streams() {
  const Array<int> value(std::vector<int>{5});
  cudaStream_t blocking = nullptr;
  cudaGraph_t graph = nullptr;
  check(cudaStreamCreate(&blocking), "graph");
  check(cudaStreamBeginCapture(blocking, cudaStreamCaptureModeRelaxed), "graph");
  expect(error_of([&] { launch("multiply", {1, 1}, multiply, value.data(), Factors{1, 1}); }) ==
             "ERR_DEVICE CUDA kernel multiply: cudaErrorStreamCaptureImplicit: operation would make the legacy stream "
             "depend "
             "on a capturing blocking stream",
         "the default stream");
  expect_error(cudaStreamEndCapture(blocking, &graph), cudaErrorStreamCaptureInvalidated, "cudaStreamEndCapture");
  expect_error(cudaStreamEndCapture(blocking, &graph), cudaErrorIllegalState, "cudaStreamEndCapture");
  const cudaStream_t stream = capture();
  cudaError_t error = cudaSuccess;
  std::thread([&] { error = cudaStreamEndCapture(stream, &graph); }).join();
  expect_error(error, cudaErrorStreamCaptureWrongThread, "cudaStreamEndCapture");
}

}  // namespace

void check_graphs() {
  passes("graph", check_replay);
  passes("memset in a graph", check_memset);
  passes("calls that a capture refuses", check_refusals);
  passes("captures and other streams", check_other_streams);
}

}  // namespace psilon::cuda_host::tests
