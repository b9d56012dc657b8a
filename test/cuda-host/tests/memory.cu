/// Poison, limits and bounds of memory.

#include <cmath>
#include <cstring>

#include "../source/sanitizer.h"
#include "harness.h"

namespace psilon::cuda_host::tests {

namespace {

using cuda::launch;

/// What each block finds in its shared memory before it writes there.
__global__ void read_unwritten(double* to) {
  double* shared = dynamic_shared<double>();
  to[blockIdx.x] = shared[0];
  shared[0] = 1;
}

void check_poison() {
  const Array<float> floats(7);
  for (const float value : floats.values()) expect(std::isnan(value), "device memory starts as NaN");
  const Array<double> found(3);
  launch_shared("read", {3, 1}, 8, read_unwritten, found.data());
  for (const double value : found.values()) expect(std::isnan(value), "shared memory starts as NaN in every block");
  float* pinned = nullptr;
  cuda::check(cudaMallocHost(&pinned, 8), "pinned");
  expect(std::isnan(pinned[0]) && std::isnan(pinned[1]), "pinned memory starts as NaN");
  cuda::check(cudaFreeHost(pinned), "pinned");
}

__global__ void write_at(float* to, int i) { to[i] = 1; }

__global__ void write_shared(int i) { dynamic_shared<float>()[i] = 1; }

void check_bounds() {
  const std::vector<std::string> device{kAddressSanitizer ? "use-after-poison"
                                                          : "[write] wrote beyond 40 bytes of device memory"};
  for (const int i : {-1, 10})
    dies("device memory at " + std::to_string(i) + " of 10", device, [i] {
      const Array<float> to(10);
      launch("write", {1, 1}, write_at, to.data(), i);
    });
  const std::vector<std::string> shared{
      kAddressSanitizer ? "use-after-poison"
                        : "[write] block (0, 0, 0) wrote beyond its 40 bytes of dynamic shared memory"};
  for (const int i : {-1, 10})
    dies("shared memory at " + std::to_string(i) + " of 10", shared,
         [i] { launch_shared("write", {1, 1}, 40, write_shared, i); });
}

/// The host reads what only the device can.
void check_host_access() {
  dies("the host reads memory of the device", {kAddressSanitizer ? "SEGV" : "ended by signal"}, [] {
    const Array<float> array(numbers<float>(4));
    expect(*static_cast<volatile float*>(array.data()) == 1, "read");
  });
}

/// A local array, overrun after a barrier: only AddressSanitizer can tell.
__global__ void write_local(int i, float* to) {
  float local[8] = {};
  float* volatile hidden = local;
  __syncthreads();
  hidden[i] = 1;
  to[threadIdx.x] = local[threadIdx.x % 8];
}

void check_local() {
  const auto body = [](int i) {
    return [i] {
      const Array<float> to(64);
      launch("local", {1, 64}, write_local, i, to.data());
    };
  };
  passes("a local array within its bounds", body(7));
  if (kAddressSanitizer) dies("a local array beyond its bounds", {"stack-buffer-overflow"}, body(8));
}

__device__ int descend(int depth, volatile int* above) {
  volatile int local[64];
  local[depth % 64] = above[depth % 64];
  return depth > 0 ? descend(depth - 1, local) + local[depth % 7] : 0;
}

/// A stack frame for each unit of depth.
__global__ void recurse(int depth, int* to) {
  volatile int local[64] = {};
  to[threadIdx.x] = descend(depth, local);
}

void check_stack() {
  const auto body = [](int depth) {
    return [depth] {
      const Array<int> to(2);
      launch("recurse", {1, 2}, recurse, depth, to.data());
    };
  };
  passes("a deep stack", body(30));
  dies("a stack that is too deep", {kAddressSanitizer ? "stack-overflow" : "ended by signal"}, body(10000));
}

__global__ void copy_value(const float* from, float* to) { *to = *from; }

/// What is still to be done with memory is done before it is freed.
void check_free() {
  cudaStream_t stream = nullptr;
  cuda::check(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), "free");
  const Array<float> to(1);
  {
    const Array<float> from(std::vector<float>{3});
    launch("copy", {.grid = 1, .block = 1, .stream = stream}, copy_value, from.data(), to.data());
  }
  cuda::check(cudaStreamSynchronize(stream), "free");
  expect(to.values()[0] == 3, "copied");
}

/// A pointer to what was freed.
void check_freed() {
  const Array<float> to(1);
  float* freed = nullptr;
  {
    const Array<float> from(std::vector<float>{3});
    freed = from.data();
  }
  launch("copy", {1, 1}, copy_value, freed, to.data());
  expect(std::isnan(to.values()[0]), "what was freed is NaN");
}

void check_limit() {
  std::size_t available = 0, total = 0;
  void *first = nullptr, *second = nullptr;
  expect_error(cudaMalloc(&first, 600), cudaSuccess, "cudaMalloc");
  expect_error(cudaMemGetInfo(&available, &total), cudaSuccess, "cudaMemGetInfo");
  expect(available == 400 && total == 1000, "400 of 1000 bytes are free");
  expect_error(cudaMalloc(&second, 401), cudaErrorMemoryAllocation, "cudaMalloc");
  expect_error(cudaPeekAtLastError(), cudaErrorMemoryAllocation, "cudaPeekAtLastError");
  expect_error(cudaGetLastError(), cudaErrorMemoryAllocation, "cudaGetLastError");
  expect_error(cudaGetLastError(), cudaSuccess, "cudaGetLastError");
  expect(error_of([] { const Array<char> much(401); }) ==
             "ERR_MEMORY CUDA Array: cudaErrorMemoryAllocation: out of memory",
         "ERR_MEMORY");
  expect_error(cudaGetLastError(), cudaSuccess, "cudaGetLastError after check");
  expect_error(cudaMalloc(&second, 400), cudaSuccess, "cudaMalloc");
  expect_error(cudaFree(first), cudaSuccess, "cudaFree");
  expect_error(cudaMalloc(&first, 600), cudaSuccess, "cudaMalloc of what was freed");
  expect_error(cudaFree(static_cast<char*>(first) + 1), cudaErrorInvalidValue, "cudaFree of nothing");
  expect_error(cudaFree(nullptr), cudaSuccess, "cudaFree of null");
}

void check_copies() {
  const Array<int> device(numbers<int>(4)), other(4);
  std::vector<int> host(8, 7);
  expect_error(cudaMemcpy(other.data(), device.data(), 16, cudaMemcpyDeviceToDevice), cudaSuccess, "cudaMemcpy");
  expect_error(cudaMemset(other.data(), 0, 4), cudaSuccess, "cudaMemset");
  expect_error(cudaMemcpy(host.data(), other.data(), 16, cudaMemcpyDefault), cudaSuccess, "cudaMemcpy");
  expect(host == std::vector<int>{0, 2, 3, 4, 7, 7, 7, 7}, "what was copied");
  expect_error(cudaMemcpy(host.data(), device.data() + 1, 16, cudaMemcpyDeviceToHost), cudaErrorInvalidValue,
               "cudaMemcpy beyond the end");
  expect_error(cudaMemcpy(device.data(), host.data(), 20, cudaMemcpyHostToDevice), cudaErrorInvalidValue,
               "cudaMemcpy beyond the end");
  expect_error(cudaMemcpy(host.data(), device.data(), 16, cudaMemcpyHostToDevice), cudaErrorInvalidValue,
               "cudaMemcpy of the wrong kind");
  expect_error(cudaMemset(host.data(), 0, 4), cudaErrorInvalidValue, "cudaMemset of memory of the host");
  expect_error(cudaMemset(other.data(), 0, 17), cudaErrorInvalidValue, "cudaMemset beyond the end");
}

}  // namespace

void check_memory() {
  passes("poison", check_poison);
  check_bounds();
  check_host_access();
  check_local();
  check_stack();
  passes("memory freed while work waits", check_free);
  if (kAddressSanitizer)
    dies("freed memory", {"use-after-poison"}, check_freed);
  else
    passes("freed memory", check_freed);
  passes("limit", check_limit, {{"PSILON_CUDA_HOST_MEMORY", "1000"}});
  passes("copies", check_copies);
}

}  // namespace psilon::cuda_host::tests
