/// What the lanes of a warp do together, atomic operations, and arithmetic.

#include <cmath>

#include "backend/cuda/tf32.h"
#include "harness.h"

namespace psilon::cuda_host::tests {

namespace {

using cuda::launch;

constexpr unsigned kAll = 0xffffffff;

/// to[t] = what lane t of a block of one warp receives when lane l brings values[l]
template <typename T>
__global__ void shuffle_index(const T* values, int lane, int width, T* to) {
  to[threadIdx.x] = __shfl_sync(kAll, values[threadIdx.x], lane, width);
}
template <typename T>
__global__ void shuffle_down(const T* values, int delta, int width, T* to) {
  to[threadIdx.x] = __shfl_down_sync(kAll, values[threadIdx.x], static_cast<unsigned>(delta), width);
}
template <typename T>
__global__ void shuffle_xor(const T* values, int lanes, int width, T* to) {
  to[threadIdx.x] = __shfl_xor_sync(kAll, values[threadIdx.x], lanes, width);
}

template <typename T>
void check_shuffle(void (*kernel)(const T*, int, int, T*), int operand, int width,
                   const std::function<int(int)>& source) {
  const auto values = numbers<T>(32);
  const Array<T> from(values), to(32);
  launch("shuffle", {1, 32}, kernel, from.data(), operand, width, to.data());
  const auto found = to.values();
  for (int lane = 0; lane < 32; lane++)
    expect(
        found[static_cast<std::size_t>(lane)] == values[static_cast<std::size_t>(source(lane))],
        "lane " + std::to_string(lane) + ", operand " + std::to_string(operand) + ", width " + std::to_string(width));
}

/// Sources as the programming guide has them; one beyond the lane's segment gives the lane's own value.
template <typename T>
void check_shuffles() {
  for (const int width : {1, 8, 32}) {
    for (const int operand : {0, 1, 5, 16, 31}) {
      check_shuffle<T>(shuffle_index<T>, operand, width,
                       [=](int lane) { return lane / width * width + operand % width; });
      check_shuffle<T>(shuffle_down<T>, operand, width,
                       [=](int lane) { return lane % width + operand < width ? lane + operand : lane; });
      check_shuffle<T>(shuffle_xor<T>, operand, width,
                       [=](int lane) { return (lane ^ operand) / width > lane / width ? lane : lane ^ operand; });
    }
  }
}

/// Both halves of a warp work on their own, one of them more often.
__global__ void sum_halves(int* sums, unsigned* votes) {
  const unsigned lane = threadIdx.x, mask = lane < 16 ? 0x0000ffffu : 0xffff0000u;
  int sum = static_cast<int>(lane);
  for (int lanes = lane < 16 ? 8 : 4; lanes > 0; lanes /= 2) {
    if (lane < 16)
      sum += __shfl_xor_sync(0x0000ffffu, sum, lanes);
    else
      sum += __shfl_xor_sync(0xffff0000u, sum, lanes);
  }
  __syncwarp(mask);
  sums[lane] = sum;
  votes[lane] = __ballot_sync(mask, lane % 3 == 0);
}

void check_halves() {
  const Array<int> sums(32);
  const Array<unsigned> votes(32);
  launch("halves", {1, 32}, sum_halves, sums.data(), votes.data());
  const auto found = sums.values();
  const auto voted = votes.values();
  for (unsigned lane = 0; lane < 32; lane++) {
    const unsigned width = lane < 16 ? 16 : 8, first = lane / width * width;
    expect(found[lane] == static_cast<int>(width * first + width * (width - 1) / 2),
           "sum of lane " + std::to_string(lane));
    expect(voted[lane] == (lane < 16 ? 0x9249u : 0x49240000u), "votes seen by lane " + std::to_string(lane));
  }
}

/// Lanes below `limit` are for it; every warp of the block on its own.
__global__ void vote(int limit, unsigned* to) {
  const int lane = static_cast<int>(threadIdx.x) % warpSize;
  unsigned* own = to + 3 * threadIdx.x;
  own[0] = __ballot_sync(kAll, lane < limit ? 2 : 0);
  __syncwarp();
  own[1] = __any_sync(kAll, lane < limit) != 0;
  own[2] = __all_sync(kAll, lane < limit) != 0;
}

void check_votes() {
  for (const int limit : {0, 1, 31, 32}) {
    const Array<unsigned> votes(3 * 64);
    launch("vote", {1, 64}, vote, limit, votes.data());
    const auto found = votes.values();
    const unsigned ballot = limit == 32 ? kAll : (1u << limit) - 1;
    for (std::size_t t = 0; t < 64; t++)
      expect(found[3 * t] == ballot && found[3 * t + 1] == (limit > 0) && found[3 * t + 2] == (limit == 32),
             "limit " + std::to_string(limit));
  }
}

template <typename T>
__global__ void add_all(T* sum) {
  atomicAdd(sum, 1 + static_cast<T>(threadIdx.x));
}
__global__ void combine(int* bits, int* greatest, int* before) {
  const int thread = static_cast<int>(threadIdx.x);
  atomicOr(bits, 1 << thread);
  atomicMax(greatest, thread % 10 - 20);
  before[atomicAdd(before + 20, 1)] = thread;
  __threadfence();
}

template <typename T>
void check_add() {
  const Array<T> sum(std::vector<T>{5});
  launch("add", {3, 100}, add_all<T>, sum.data());
  expect(sum.values()[0] == T(5 + 3 * 5050), "sum " + std::to_string(sum.values()[0]));
}

void check_atomics() {
  check_add<int>();
  check_add<unsigned>();
  check_add<unsigned long long>();
  check_add<float>();
  check_add<double>();
  const Array<int> bits(std::vector<int>{1 << 25}), greatest(std::vector<int>{-30}), before(std::vector<int>(21));
  launch("combine", {1, 20}, combine, bits.data(), greatest.data(), before.data());
  expect(bits.values()[0] == (1 << 25) + (1 << 20) - 1, "bits");
  expect(greatest.values()[0] == -11, "greatest");
  int seen = 0;
  for (const int thread : before.values()) seen |= 1 << thread;
  expect(seen == (1 << 21) - 1, "every counter value is handed out once");
}

/// c [16, 8] = 1 + a [16, 8] b [8, 8]
__global__ void multiply_matrices(const float* a, const float* b, float* c) {
  const unsigned lane = threadIdx.x, q = lane / 4, r = lane % 4;
  const float left[4] = {a[q * 8 + r], a[(q + 8) * 8 + r], a[q * 8 + r + 4], a[(q + 8) * 8 + r + 4]};
  const float right[2] = {b[r * 8 + q], b[(r + 4) * 8 + q]};
  float sum[4] = {1, 1, 1, 1};
  __syncwarp();
  cuda::multiply_add_tf32(sum, left, right);
  for (unsigned e = 0; e < 4; e++) c[(q + e / 2 * 8) * 8 + 2 * r + e % 2] = sum[e];
}

void check_tf32_product() {
  std::vector<float> a(16 * 8), b(8 * 8), c(16 * 8, 1);
  for (std::size_t k = 0; k < a.size(); k++) a[k] = static_cast<float>(k * k % 17) - 8;
  for (std::size_t k = 0; k < b.size(); k++) b[k] = static_cast<float>(k * k % 13) / 4;
  for (std::size_t i = 0; i < c.size(); i++)
    for (std::size_t k = 0; k < 8; k++) c[i] += a[i / 8 * 8 + k] * b[k * 8 + i % 8];
  const Array<float> left(a), right(b), to(c.size());
  launch("multiply", {1, 32}, multiply_matrices, left.data(), right.data(), to.data());
  expect(to.values() == c, "product");
}

__global__ void round_to_tf32(float* x) { x[threadIdx.x] = cuda::to_tf32(x[threadIdx.x]); }

void check_tf32_rounding() {
  const float tie = 1 + 0x1p-11f, up = 1 + 0x1p-10f;
  const Array<float> x(std::vector<float>{tie, -tie, tie - 0x1p-23f, up, 0, INFINITY});
  launch("round", {1, 6}, round_to_tf32, x.data());
  expect(x.values() == std::vector<float>{up, -up, 1, up, 0, INFINITY}, "to nearest, ties away");
}

__global__ void multiply_unrounded(float* c) {
  const float left[4] = {1 + 0x1p-23f}, right[2] = {};
  float sum[4] = {};
  __syncwarp();
  cuda::multiply_add_tf32(sum, left, right);
  *c = sum[0];
}

void check_unrounded() {
  const Array<float> c(1);
  launch("multiply", {1, 32}, multiply_unrounded, c.data());
  c.values();
}

__constant__ float factors[2] = {2, 3};

__global__ void compute(float* to, double* to_double) {
  const float nan = NAN;
  const float4 v = make_float4(1, 2, 3, 4);
  const float2 pair = make_float2(v.x, v.w);
  const double2 wide = make_double2(1, 2);
  const float results[] = {min(nan, 1.0f), max(2.0f, nan),     rsqrtf(4.0f),         __fsqrt_rn(9),
                           fmaf(2, 3, 4),  __fmaf_rn(2, 3, 5), pair.x + 10 * pair.y, factors[0] * factors[1]};
  for (int i = 0; i < 8; i++) to[i] = results[i];
  to_double[0] = min(2.0f, 3.0) + max(wide.x, wide.y);
  to_double[1] = rsqrt(16.0);
  to_double[2] = min(-1, 2) + max(-3, 7) + static_cast<double>(min(5ll, 4ll));
  to_double[3] = static_cast<double>(max(-1, 1u));
}

void check_arithmetic() {
  const Array<float> to(8);
  const Array<double> to_double(4);
  launch("compute", {1, 1}, compute, to.data(), to_double.data());
  expect(to.values() == std::vector<float>{1, 2, 0.5f, 3, 10, 11, 41, 6}, "float");
  expect(to_double.values() == std::vector<double>{4, 0.25, 10, 4294967295.0}, "double");
}

}  // namespace

void check_warps() {
  passes_in_every_order("shuffles of int", check_shuffles<int>);
  passes_in_every_order("shuffles of unsigned", check_shuffles<unsigned>);
  passes_in_every_order("shuffles of float", check_shuffles<float>);
  passes_in_every_order("shuffles of double", check_shuffles<double>);
  passes_in_every_order("halves of a warp", check_halves);
  passes_in_every_order("votes", check_votes);
  passes_in_every_order("atomic operations", check_atomics);
  passes_in_every_order("tf32 products", check_tf32_product);
  passes("tf32 rounding", check_tf32_rounding);
  dies("tf32 products of what is not rounded", {"multiply", "__trap"}, check_unrounded);
  passes("arithmetic", check_arithmetic);
}

}  // namespace psilon::cuda_host::tests
