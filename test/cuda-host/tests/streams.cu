/// Work on streams is done as late as a device may do it, in order, and waits for events.

#include <thread>

#include "harness.h"

namespace psilon::cuda_host::tests {

namespace {

using cuda::check;
using cuda::launch;

__global__ void twice_plus(int* value, int summand) { *value = 2 * *value + summand; }

/// Pinned memory.
class Pinned {
 public:
  explicit Pinned(int value) {
    check(cudaMallocHost(&data_, sizeof(int)), "Pinned");
    *data_ = value;
  }
  Pinned(const Pinned&) = delete;
  ~Pinned() { cudaFreeHost(data_); }
  int* data() const { return data_; }
  int& operator*() const { return *data_; }

 private:
  int* data_ = nullptr;
};

cudaStream_t new_stream(unsigned flags = cudaStreamNonBlocking) {
  cudaStream_t stream = nullptr;
  check(cudaStreamCreateWithFlags(&stream, flags), "new_stream");
  return stream;
}

cudaEvent_t new_event(unsigned flags = cudaEventDefault) {
  cudaEvent_t event = nullptr;
  check(cudaEventCreateWithFlags(&event, flags), "new_event");
  return event;
}

void copy(int* to, const int* from, cudaStream_t stream) {
  check(cudaMemcpyAsync(to, from, sizeof(int), cudaMemcpyDefault, stream), "copy");
}

void check_laziness() {
  const cudaStream_t stream = new_stream();
  const Array<int> value(1);
  const Pinned in(3), out(-1);
  copy(value.data(), in.data(), stream);
  launch("twice", {.grid = 1, .block = 1, .stream = stream}, twice_plus, value.data(), 1);
  copy(out.data(), value.data(), stream);
  *in = 10;  // read when the stream comes to it
  expect(*out == -1, "nothing is there before somebody waits");
  expect_error(cudaStreamQuery(stream), cudaErrorNotReady, "cudaStreamQuery");
  check(cudaStreamSynchronize(stream), "laziness");
  expect_error(cudaStreamQuery(stream), cudaSuccess, "cudaStreamQuery");
  expect(*out == 21, "what was pinned counts when it is copied");
  check(cudaStreamDestroy(stream), "laziness");
  expect_error(cudaStreamSynchronize(stream), cudaErrorInvalidResourceHandle, "cudaStreamSynchronize");
}

void check_pageable_memory() {
  const cudaStream_t stream = new_stream();
  const Array<int> value(1);
  int in = 3, out = -1;
  copy(value.data(), &in, stream);
  in = 10;
  launch("twice", {.grid = 1, .block = 1, .stream = stream}, twice_plus, value.data(), 1);
  copy(&out, value.data(), stream);
  expect(out == 7, "pageable memory is read and written before the call returns");
}

void check_default_stream() {
  const cudaStream_t blocking = new_stream(cudaStreamDefault), other = new_stream();
  const Array<int> value(std::vector<int>{1}), late(std::vector<int>{1});
  launch("twice", {.grid = 1, .block = 1, .stream = blocking}, twice_plus, value.data(), 1);
  launch("twice", {.grid = 1, .block = 1, .stream = other}, twice_plus, late.data(), 1);
  launch("twice", {.grid = 1, .block = 1}, twice_plus, value.data(), 100);
  expect(value.values()[0] == 106, "the default stream waits for blocking streams");
  expect(late.values()[0] == 1, "it does not wait for others");
  check(cudaDeviceSynchronize(), "default stream");
  expect(late.values()[0] == 3, "cudaDeviceSynchronize waits for all");
}

void check_events() {
  const cudaStream_t first = new_stream(), second = new_stream();
  const cudaEvent_t ready = new_event(), done = new_event(), untimed = new_event(cudaEventDisableTiming);
  const Array<int> value(std::vector<int>{1});
  const Pinned early(-1), out(-1);
  launch("twice", {.grid = 1, .block = 1, .stream = first}, twice_plus, value.data(), 1);
  check(cudaEventRecord(ready, first), "events");
  copy(early.data(), value.data(), first);
  check(cudaStreamWaitEvent(second, ready), "events");
  launch("twice", {.grid = 1, .block = 1, .stream = second}, twice_plus, value.data(), 1);
  copy(out.data(), value.data(), second);
  check(cudaEventRecord(done, second), "events");
  check(cudaEventRecord(untimed, second), "events");
  float milliseconds = -1;
  expect_error(cudaEventElapsedTime(&milliseconds, ready, done), cudaErrorNotReady, "cudaEventElapsedTime");
  int queries = 0;
  while (cudaEventQuery(done) == cudaErrorNotReady) queries++;
  expect(queries == 4, "one piece of work a query, not " + std::to_string(queries));
  expect(*out == 7 && *early == -1, "the second stream waited for the event and for no more");
  check(cudaEventElapsedTime(&milliseconds, ready, done), "events");
  expect(milliseconds >= 0, "elapsed time");
  check(cudaEventSynchronize(untimed), "events");
  expect_error(cudaEventElapsedTime(&milliseconds, ready, untimed), cudaErrorInvalidResourceHandle,
               "cudaEventElapsedTime");
  for (const cudaEvent_t event : {ready, done, untimed}) check(cudaEventDestroy(event), "events");
  for (const cudaStream_t stream : {first, second}) check(cudaStreamDestroy(stream), "events");
  expect(*early == 7, "a stream that is destroyed does its work first");
}

/// Adds 1 to each value; static shared memory is one for all host threads.
__global__ void increment_shared(int* values) {
  __shared__ int copy[64];
  copy[threadIdx.x] = values[threadIdx.x];
  __syncthreads();
  const int next = copy[(threadIdx.x + 1) % 64];
  __syncthreads();
  copy[(threadIdx.x + 1) % 64] = next + 1;
  __syncthreads();
  values[threadIdx.x] = copy[threadIdx.x];
}

void check_host_threads() {
  const auto work = [](int start, int* result) {
    const cudaStream_t stream = new_stream();
    const Array<int> values(std::vector<int>(64, start));
    for (int i = 0; i < 200; i++) {
      launch("increment", {.grid = 1, .block = 64, .stream = stream}, increment_shared, values.data());
      if (i % 3 == 0) check(cudaStreamSynchronize(stream), "threads");
    }
    check(cudaStreamSynchronize(stream), "threads");
    const auto found = values.values();
    *result = found == std::vector<int>(64, start + 200) ? start : -1;
  };
  std::vector<int> results(4, -1);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; i++) threads.emplace_back(work, i, &results[static_cast<std::size_t>(i)]);
  for (auto& thread : threads) thread.join();
  expect(results == std::vector<int>{0, 1, 2, 3}, "every host thread has its own results");
}

}  // namespace

void check_streams() {
  passes("work waits for the host", check_laziness);
  passes("pageable memory", check_pageable_memory);
  passes("default stream", check_default_stream);
  passes("events", check_events);
  passes_in_every_order("several host threads", check_host_threads);
}

}  // namespace psilon::cuda_host::tests
