/// An addon that makes a GPU fail for all of a process, for failures.mjs.

#include <cuda_runtime.h>
#include <node_api.h>

#include <cstddef>
#include <thread>

namespace {

__global__ void write(int* to) { *to = 1; }

std::size_t free_bytes() {
  std::size_t free = 0, total = 0;
  cudaMemGetInfo(&free, &total);
  return free;
}

/// Keeps all memory but so many bytes.
void take_all_but(std::size_t left) {
  for (std::size_t piece = std::size_t{1} << 32; piece >= std::size_t{1} << 16;) {
    void* memory = nullptr;
    if (free_bytes() < left + piece || cudaMalloc(&memory, piece) != cudaSuccess) piece /= 2;
  }
  cudaGetLastError();
}

std::size_t bytes_of(napi_env env, napi_callback_info info) {
  std::size_t count = 1;
  napi_value argument = nullptr;
  double bytes = 0;
  napi_get_cb_info(env, info, &count, &argument, nullptr, nullptr);
  napi_get_value_double(env, argument, &bytes);
  return static_cast<std::size_t>(bytes);
}

/// leave(bytes)
napi_value leave(napi_env env, napi_callback_info info) {
  take_all_but(bytes_of(env, info));
  return nullptr;
}

/// takeAfter(bytes): all that is left once somebody has taken so much.
napi_value take_after(napi_env env, napi_callback_info info) {
  std::thread([bytes = bytes_of(env, info), before = free_bytes()] {
    while (free_bytes() + bytes > before) std::this_thread::yield();
    take_all_but(0);
  }).detach();
  return nullptr;
}

/// lose(): a kernel writes where there is no memory.
napi_value lose(napi_env, napi_callback_info) {
  write<<<1, 1>>>(reinterpret_cast<int*>(16));
  cudaDeviceSynchronize();
  return nullptr;
}

}  // namespace

NAPI_MODULE_INIT() {
  const napi_property_descriptor functions[] = {
      {"leave", nullptr, leave, nullptr, nullptr, nullptr, napi_default, nullptr},
      {"takeAfter", nullptr, take_after, nullptr, nullptr, nullptr, napi_default, nullptr},
      {"lose", nullptr, lose, nullptr, nullptr, nullptr, napi_default, nullptr},
  };
  napi_define_properties(env, exports, 3, functions);
  return exports;
}
