/// Whole blocks: sums and transpositions through shared memory, barriers that count, and what a missing barrier does.

#include <algorithm>
#include <cstdio>
#include <utility>

#include "harness.h"

namespace psilon::cuda_host::tests {

namespace {

using cuda::Launch;
using cuda::launch;

constexpr unsigned kAll = 0xffffffff;

template <typename T>
__device__ __forceinline__ T sum_of_warp(T value) {
  for (int lanes = 16; lanes > 0; lanes /= 2) value += __shfl_xor_sync(kAll, value, lanes);
  return value;
}

/// sums[b] = the sum of a block's values, by shuffles; blocks of up to 1024 threads, whole warps
template <typename T>
__global__ void __launch_bounds__(1024) sum_by_shuffles(const T* __restrict__ values, int count, T* sums) {
  __shared__ T of_warps[32];
  const int thread = static_cast<int>(threadIdx.x), i = static_cast<int>(blockIdx.x * blockDim.x) + thread;
  T sum = sum_of_warp(i < count ? __ldg(values + i) : T(0));
  if (thread % warpSize == 0) of_warps[thread / warpSize] = sum;
  __syncthreads();
  if (thread < warpSize) {
    const int warps = static_cast<int>(blockDim.x) / warpSize;
    sum = sum_of_warp(thread < warps ? of_warps[thread] : T(0));
    if (thread == 0) sums[blockIdx.x] = sum;
  }
}

/// The same by halving in dynamic shared memory; blocks of a power of 2
template <typename T>
__global__ void sum_by_halves(const T* values, int count, T* sums) {
  T* shared = dynamic_shared<T>();
  const unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
  shared[threadIdx.x] = static_cast<int>(i) < count ? values[i] : T(0);
  for (unsigned half = blockDim.x / 2; half > 0; half /= 2) {
    __syncthreads();
    if (threadIdx.x < half) shared[threadIdx.x] += shared[threadIdx.x + half];
  }
  if (threadIdx.x == 0) sums[blockIdx.x] = shared[0];
}

template <typename T>
T sum_of(const std::vector<T>& values, std::size_t from, std::size_t to) {
  T sum = 0;
  for (std::size_t i = from; i < std::min(to, values.size()); i++) sum += values[i];
  return sum;
}

template <typename T>
void check_sums() {
  for (const int count : {1, 31, 32, 1000, 5000}) {
    for (const unsigned threads : {32u, 128u, 1024u}) {
      const auto values = numbers<T>(count);
      const unsigned blocks = (static_cast<unsigned>(count) + threads - 1) / threads;
      const Array<T> from(values);
      const Array<T> shuffled(blocks), halved(blocks);
      launch("sum", {blocks, threads}, sum_by_shuffles<T>, from.data(), count, shuffled.data());
      launch_shared("sum", {blocks, threads}, threads * sizeof(T), sum_by_halves<T>, from.data(), count, halved.data());
      const auto by_shuffles = shuffled.values(), by_halves = halved.values();
      for (unsigned b = 0; b < blocks; b++) {
        const T expected = sum_of(values, b * threads, (b + 1) * threads);
        expect(by_shuffles[b] == expected, "sum by shuffles of block " + std::to_string(b));
        expect(by_halves[b] == expected, "sum by halves of block " + std::to_string(b));
      }
    }
  }
}

/// to [cols, rows] = from [rows, cols]
__global__ void transpose(const float* from, int rows, int cols, float* to) {
  __shared__ float tile[32][33];
  const int x = static_cast<int>(threadIdx.x), y = static_cast<int>(threadIdx.y);
  const int left = static_cast<int>(blockIdx.x) * 32, top = static_cast<int>(blockIdx.y) * 32;
  for (int i = y; i < 32; i += 8)
    if (top + i < rows && left + x < cols) tile[i][x] = from[(top + i) * cols + left + x];
  __syncthreads();
  for (int i = y; i < 32; i += 8)
    if (left + i < cols && top + x < rows) to[(left + i) * rows + top + x] = tile[x][i];
}

void check_transposition(int rows, int cols) {
  const auto values = numbers<float>(rows * cols);
  const Array<float> from(values), to(values.size());
  const auto blocks = [](int size) { return static_cast<unsigned>((size + 31) / 32); };
  launch("transpose", {{blocks(cols), blocks(rows)}, {32, 8}}, transpose, from.data(), rows, cols, to.data());
  const auto transposed = to.values();
  for (int i = 0; i < rows; i++)
    for (int j = 0; j < cols; j++)
      expect(transposed[static_cast<std::size_t>(j * rows + i)] == values[static_cast<std::size_t>(i * cols + j)],
             std::to_string(i) + ", " + std::to_string(j));
}

/// Every thread reads its neighbours' values, with or without waiting for them.
template <bool kWait>
__global__ void add_neighbours(const float* from, float* to) {
  float* shared = dynamic_shared<float>();
  const unsigned n = blockDim.x, i = threadIdx.x;
  shared[i] = from[i];
  if (kWait) __syncthreads();
  to[i] = shared[(i + 1) % n] + shared[(i + n - 1) % n];
}

template <bool kWait>
void print_neighbours() {
  const Array<float> from(numbers<float>(64)), to(64);
  launch_shared("neighbours", {1, 64}, 64 * sizeof(float), add_neighbours<kWait>, from.data(), to.data());
  for (const float value : to.values()) std::printf("%g ", static_cast<double>(value));
}

void check_orders() {
  std::vector<std::string> raced, waited;
  for (const char* order : kOrders) {
    raced.push_back(run({{"PSILON_CUDA_HOST_ORDER", order}}, print_neighbours<false>).output);
    waited.push_back(run({{"PSILON_CUDA_HOST_ORDER", order}}, print_neighbours<true>).output);
  }
  report("a missing barrier gives other results in every order",
         raced[0] != raced[1] && raced[1] != raced[2] && raced[2] != raced[0] && raced[0].find("nan") != raced[0].npos,
         raced[0] + "\n" + raced[1] + "\n" + raced[2]);
  report("with the barrier all orders agree",
         waited[0] == waited[1] && waited[1] == waited[2] && waited[0].rfind("66 4 6 8 ", 0) == 0,
         waited[0] + "\n" + waited[1] + "\n" + waited[2]);
}

/// The threads as they go on after a barrier that one warp came to late, and a warp's lanes after half of them were
/// late.
__global__ void note_order(int* counters, int* after_barrier, int* after_warp) {
  const int thread = static_cast<int>(threadIdx.x);
  if (thread < 32) __syncwarp();
  __syncthreads();
  after_barrier[atomicAdd(counters, 1)] = thread;
  __syncthreads();
  if (thread >= 32) return;
  if (thread < 16) __syncwarp(0xffff);
  __syncwarp();
  after_warp[atomicAdd(counters + 1, 1)] = thread;
}

void check_passes(bool backward) {
  const Array<int> counters(std::vector<int>(2)), after_barrier(64), after_warp(32);
  launch("order", {1, 64}, note_order, counters.data(), after_barrier.data(), after_warp.data());
  for (const Array<int>* noted : {&after_barrier, &after_warp}) {
    auto order = noted->values();
    if (backward) std::reverse(order.begin(), order.end());
    for (std::size_t i = 0; i < order.size(); i++)
      expect(order[i] == static_cast<int>(i), "turn " + std::to_string(i) + ": thread " + std::to_string(order[i]));
  }
}

/// counts[0..2] as thread t sees them, for the predicate t < limit
__global__ void count_threads(int limit, int* counts) {
  const int thread = static_cast<int>(threadIdx.x);
  const int count = __syncthreads_count(thread < limit);
  const int any = __syncthreads_or(thread < limit ? 4 : 0);
  const int all = __syncthreads_and(thread < limit ? 4 : 0);
  counts[3 * thread] = count;
  counts[3 * thread + 1] = any != 0;
  counts[3 * thread + 2] = all != 0;
}

void check_counts() {
  for (const int limit : {0, 1, 63, 70}) {
    const Array<int> counts(3 * 70);
    launch("count", {1, 70}, count_threads, limit, counts.data());
    const auto found = counts.values();
    for (std::size_t t = 0; t < 70; t++)
      expect(found[3 * t] == limit && found[3 * t + 1] == (limit > 0) && found[3 * t + 2] == (limit == 70),
             "thread " + std::to_string(t) + ", limit " + std::to_string(limit));
  }
}

__global__ void store_position(uint3* to) {
  const unsigned block = blockIdx.x + gridDim.x * (blockIdx.y + gridDim.y * blockIdx.z);
  const unsigned thread = threadIdx.x + blockDim.x * (threadIdx.y + blockDim.y * threadIdx.z);
  to[block * blockDim.x * blockDim.y * blockDim.z + thread] = {
      threadIdx.x + 100 * blockIdx.x, threadIdx.y + 100 * blockIdx.y, threadIdx.z + 100 * blockIdx.z};
}

void check_positions() {
  const dim3 grid(2, 3, 2), block(5, 3, 2);
  const Array<uint3> positions(12 * 30);
  launch("positions", {grid, block}, store_position, positions.data());
  const auto found = positions.values();
  unsigned i = 0;
  for (unsigned b = 0; b < 12; b++)
    for (unsigned t = 0; t < 30; t++, i++)
      expect(found[i].x == t % 5 + 100 * (b % 2) && found[i].y == t / 5 % 3 + 100 * (b / 2 % 3) &&
                 found[i].z == t / 15 + 100 * (b / 6),
             "thread " + std::to_string(t) + " of block " + std::to_string(b));
}

}  // namespace

void check_collectives() {
  passes_in_every_order("sums of int", check_sums<int>);
  passes_in_every_order("sums of unsigned", check_sums<unsigned>);
  passes_in_every_order("sums of float", check_sums<float>);
  passes_in_every_order("sums of double", check_sums<double>);
  passes_in_every_order("transposition", [] {
    for (const auto& [rows, cols] : {std::pair(1, 1), std::pair(32, 32), std::pair(33, 31), std::pair(100, 7)})
      check_transposition(rows, cols);
  });
  check_orders();
  passes("threads take turns forward", [] { check_passes(false); });
  passes("threads take turns backward", [] { check_passes(true); }, {{"PSILON_CUDA_HOST_ORDER", "backward"}});
  passes_in_every_order("barriers that count", check_counts);
  passes_in_every_order("three dimensions", check_positions);
}

}  // namespace psilon::cuda_host::tests
