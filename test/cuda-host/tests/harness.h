#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "backend/cuda/launch.h"

namespace psilon::cuda_host::tests {

using Environment = std::vector<std::pair<std::string, std::string>>;
using Body = std::function<void()>;

/// Each case is a process of its own, which starts with the variables given.
struct Ending {
  bool passed;
  std::string output;  // of both streams
};
Ending run(const Environment& environment, const Body& body);

void passes(const std::string& name, const Body& body, const Environment& environment = {});
/// ... with threads in every order
void passes_in_every_order(const std::string& name, const Body& body);
/// The process ends with a text that has all these words.
void dies(const std::string& name, const std::vector<std::string>& words, const Body& body,
          const Environment& environment = {});
/// Prints the result for a case that is more than one process.
void report(const std::string& name, bool passed, const std::string& output);

int cases();
int failures();

/// Within a case: ends it as failed.
void expect(bool holds, const std::string& otherwise);
void expect_error(cudaError_t found, cudaError_t expected, const char* call);
/// Runs the body and returns the message of the psilon::Error that it throws, with its code in front.
std::string error_of(const Body& body);

inline const char* const kOrders[] = {"forward", "backward", "shuffled"};

/// Memory of the device.
template <typename T>
class Array {
 public:
  explicit Array(std::size_t count) : count_(count) { cuda::check(cudaMalloc(&data_, bytes()), "Array"); }
  explicit Array(const std::vector<T>& values) : Array(values.size()) {
    cuda::check(cudaMemcpy(data_, values.data(), bytes(), cudaMemcpyHostToDevice), "Array");
  }
  Array(const Array&) = delete;
  ~Array() { cudaFree(data_); }

  T* data() const { return data_; }
  std::size_t bytes() const { return count_ * sizeof(T); }
  std::vector<T> values() const {
    std::vector<T> host(count_);
    cuda::check(cudaMemcpy(host.data(), data_, bytes(), cudaMemcpyDeviceToHost), "Array");
    return host;
  }

 private:
  T* data_ = nullptr;
  std::size_t count_;
};

/// 1, 2, 3, ... of which sums are exact.
template <typename T>
std::vector<T> numbers(int count) {
  std::vector<T> values;
  for (int i = 1; i <= count; i++) values.push_back(static_cast<T>(i));
  return values;
}

/// The block's memory of launch_shared's bytes.
template <typename T>
T* dynamic_shared() {
  return static_cast<T*>(cuda_host::dynamic_shared());
}
/// psilon's own kernels know their shared memory when they are compiled.
template <typename... Parameters, typename... Arguments>
void launch_shared(const char* name, const cuda::Launch& shape, std::size_t bytes, void (*kernel)(Parameters...),
                   Arguments&&... arguments) {
  cudaLaunchConfig_t config{shape.grid, shape.block, bytes, shape.stream};
  cuda::check(cuda::start(name, config, kernel, std::forward<Arguments>(arguments)...), "kernel ", name);
}

void check_collectives();
void check_warps();
void check_divergence();
void check_memory();
void check_streams();
void check_graphs();
void check_failures();

}  // namespace psilon::cuda_host::tests
