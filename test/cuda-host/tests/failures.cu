/// Launches that a device refuses, and failures that the environment asks for.

#include "harness.h"

namespace psilon::cuda_host::tests {

namespace {

using cuda::check;
using cuda::Launch;
using cuda::launch;

__global__ void count_block(int* blocks) {
  if (threadIdx.x + threadIdx.y + threadIdx.z == 0) atomicAdd(blocks, 1);
}

/// Writes the last of its bytes.
__global__ void use_shared(int bytes) { dynamic_shared<char>()[bytes - 1] = 1; }

void check_shapes() {
  const Array<int> blocks(std::vector<int>{0});
  const auto count = [&](dim3 grid, dim3 block) {
    return error_of([&] { launch("count", {grid, block}, count_block, blocks.data()); });
  };
  const std::string refused =
      "ERR_DEVICE CUDA kernel count: cudaErrorInvalidConfiguration: invalid configuration argument";
  expect(count(1, 1024) == "no error" && count(70000, 1) == "no error" && count({1, 3, 2}, {4, 4, 64}) == "no error",
         "launches that a device takes");
  expect(blocks.values()[0] == 70007, "all blocks ran");
  for (const auto& [grid, block] : {std::pair<dim3, dim3>(0, 32),
                                    {1, 0},
                                    {1, 1025},
                                    {1, {32, 33}},
                                    {1, {1, 1, 65}},
                                    {{1, 65536}, 1},
                                    {{1, 1, 65536}, 1},
                                    {1, {65536, 65536}}})
    expect(count(grid, block) == refused, "launches that a device refuses");
}

void check_shared() {
  const auto use = [](std::size_t bytes) {
    return error_of([&] { launch_shared("use", {1, 1}, bytes, use_shared, static_cast<int>(bytes)); });
  };
  const auto allow = [](int bytes) {
    return cudaFuncSetAttribute(use_shared, cudaFuncAttributeMaxDynamicSharedMemorySize, bytes);
  };
  const std::string refused = "ERR_DEVICE CUDA kernel use: cudaErrorInvalidValue: invalid argument";
  expect(use(48 << 10) == "no error" && use((48 << 10) + 1) == refused, "48 KiB for every kernel");
  expect_error(allow(100 << 10), cudaSuccess, "cudaFuncSetAttribute");
  expect(use(100 << 10) == "no error" && use((100 << 10) + 1) == refused, "what a kernel asked for");
  expect_error(allow((227 << 10) + 1), cudaErrorInvalidValue, "cudaFuncSetAttribute");
  expect_error(allow(227 << 10), cudaSuccess, "cudaFuncSetAttribute");
  expect(use(227 << 10) == "no error" && use((227 << 10) + 1) == refused, "227 KiB at most");
}

void check_lost_device() {
  const Array<int> blocks(std::vector<int>{0});
  cudaStream_t stream = nullptr;
  check(cudaStreamCreate(&stream), "lost");
  const auto count = [&] {
    return error_of([&] { launch("count", {.grid = 1, .block = 1, .stream = stream}, count_block, blocks.data()); });
  };
  expect(count() == "no error" && count() == "no error", "the first two launches");
  const std::string lost = "ERR_DEVICE CUDA kernel count: cudaErrorLaunchFailure: unspecified launch failure";
  expect(count() == lost && count() == lost, "the third and all others");
  std::size_t free = 0, total = 0;
  void* memory = nullptr;
  cudaEvent_t event = nullptr;
  for (const cudaError_t error :
       {cudaGetLastError(), cudaGetLastError(), cudaPeekAtLastError(), cudaMemGetInfo(&free, &total),
        cudaMalloc(&memory, 4), cudaFree(blocks.data()), cudaEventCreate(&event), cudaStreamSynchronize(stream),
        cudaDeviceSynchronize(), cudaMemset(blocks.data(), 0, 4)})
    expect_error(error, cudaErrorLaunchFailure, "a call");
  int device = -1, devices = -1;
  cudaDeviceProp properties{};
  for (const cudaError_t error :
       {cudaGetDevice(&device), cudaGetDeviceCount(&devices), cudaGetDeviceProperties(&properties, 0)})
    expect_error(error, cudaSuccess, "what the device is");
  expect(device == 0 && devices == 1 && properties.major == 9, "it is still there");
}

void check_lost_in_graph() {
  const Array<int> blocks(std::vector<int>{0});
  cudaStream_t stream = nullptr;
  cudaGraph_t graph = nullptr;
  cudaGraphExec_t executable = nullptr;
  check(cudaStreamCreate(&stream), "lost");
  check(cudaStreamBeginCapture(stream, cudaStreamCaptureModeRelaxed), "lost");
  for (int i = 0; i < 2; i++) launch("count", {.grid = 1, .block = 1, .stream = stream}, count_block, blocks.data());
  check(cudaStreamEndCapture(stream, &graph), "lost");
  check(cudaGraphInstantiate(&executable, graph), "lost");
  expect_error(cudaGraphLaunch(executable, stream), cudaSuccess, "launches 1 and 2");
  expect_error(cudaGraphLaunch(executable, stream), cudaErrorLaunchFailure, "launches 3 and 4");
}

void check_refused_allocation() {
  void* memory = nullptr;
  expect_error(cudaMalloc(&memory, 4), cudaSuccess, "the first");
  expect_error(cudaMalloc(&memory, 4), cudaErrorMemoryAllocation, "the second");
  expect_error(cudaMalloc(&memory, 4), cudaSuccess, "the third");
}

void check_absent(cudaError_t expected, bool driver) {
  int count = -1, version = -1;
  void* memory = nullptr;
  cudaDeviceProp properties;
  expect_error(cudaGetDeviceCount(&count), expected, "cudaGetDeviceCount");
  expect(count == 0, "no devices");
  expect_error(cudaDriverGetVersion(&version), cudaSuccess, "cudaDriverGetVersion");
  expect((version > 0) == driver, "version " + std::to_string(version) + " of the driver");
  expect_error(cudaMalloc(&memory, 4), expected, "cudaMalloc");
  expect_error(cudaSetDevice(0), expected, "cudaSetDevice");
  expect_error(cudaGetDeviceProperties(&properties, 0), expected, "cudaGetDeviceProperties");
}

void check_capability(int major, int minor) {
  cudaDeviceProp properties{};
  check(cudaGetDeviceProperties(&properties, 0), "capability");
  int found_major = -1, found_minor = -1, count = -1;
  check(cudaDeviceGetAttribute(&found_major, cudaDevAttrComputeCapabilityMajor, 0), "capability");
  check(cudaDeviceGetAttribute(&found_minor, cudaDevAttrComputeCapabilityMinor, 0), "capability");
  check(cudaGetDeviceCount(&count), "capability");
  expect(properties.major == major && properties.minor == minor && found_major == major && found_minor == minor,
         "capability " + std::to_string(properties.major) + "." + std::to_string(properties.minor));
  expect(std::string(properties.name) == "host shim" && properties.multiProcessorCount == 4 && count == 1,
         "properties");
  expect_error(cudaSetDevice(1), cudaErrorInvalidDevice, "cudaSetDevice");
}

}  // namespace

void check_failures() {
  passes("shapes of launches", check_shapes);
  passes("dynamic shared memory", check_shared);
  passes("a lost device", check_lost_device, {{"PSILON_CUDA_HOST_FAIL", "launch:3"}});
  passes("a device lost in a graph", check_lost_in_graph, {{"PSILON_CUDA_HOST_FAIL", "launch:3"}});
  passes("a refused allocation", check_refused_allocation, {{"PSILON_CUDA_HOST_FAIL", "allocation:2"}});
  passes("no device", [] { check_absent(cudaErrorNoDevice, true); }, {{"PSILON_CUDA_HOST_FAIL", "device:none"}});
  passes("no driver", [] { check_absent(cudaErrorInsufficientDriver, false); },
         {{"PSILON_CUDA_HOST_FAIL", "driver:none"}});
  passes("an old device", [] { check_capability(7, 0); }, {{"PSILON_CUDA_HOST_FAIL", "capability:7.0"}});
  passes("the usual device", [] { check_capability(9, 0); });
  for (const auto& [variable, value] : {std::pair("ORDER", "random"),
                                        {"MEMORY", "1GB"},
                                        {"FAIL", "launch:0"},
                                        {"FAIL", "capability:7"},
                                        {"FAIL", "disk:none"}})
    dies(std::string(variable) + " is " + value,
         {std::string("PSILON_CUDA_HOST_") + variable + " is \"" + value + "\", expected "},
         [] { const Array<int> any(1); }, {{std::string("PSILON_CUDA_HOST_") + variable, value}});
}

}  // namespace psilon::cuda_host::tests
