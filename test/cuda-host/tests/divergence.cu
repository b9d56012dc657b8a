/// Threads that do not meet: what a device leaves undefined ends the process.

#include "backend/cuda/tf32.h"
#include "harness.h"

namespace psilon::cuda_host::tests {

namespace {

using cuda::launch;

constexpr unsigned kAll = 0xffffffff;

__global__ void skip_barrier(unsigned from) {
  if (threadIdx.x >= from) return;
  __syncthreads();
}

__global__ void wait_in_two_places() {
  if (threadIdx.x < 32)
    __syncthreads();
  else
    __syncthreads();
}

__global__ void wait_in_two_ways() {
  if (threadIdx.x < 32)
    __syncwarp();
  else
    __syncthreads();
  __syncthreads();
}

__global__ void wait_for_odd_threads() {
  if (threadIdx.x % 2 == 0) __syncthreads();
}

__global__ void shuffle_in_part(int* to) {
  if (threadIdx.x < 16) to[threadIdx.x] = __shfl_xor_sync(kAll, 1, 1);
}

__global__ void synchronize_in_part() {
  if (threadIdx.x != 3) __syncwarp();
}

__global__ void disagree_about_mask() { __syncwarp(threadIdx.x < 16 ? kAll : 0xffff0000u); }

__global__ void leave_out_itself() { __syncwarp(0xfffffffeu); }

__global__ void vote_in_part_of_warp(unsigned* to) { to[threadIdx.x] = __ballot_sync(kAll, 1); }

__global__ void read_outside_mask(int* to) {
  if (threadIdx.x < 16) to[threadIdx.x] = __shfl_sync(0xffffu, 1, 20);
}

__global__ void shuffle_with_width(int width, int* to) { to[threadIdx.x] = __shfl_down_sync(kAll, 1, 1u, width); }

__global__ void shuffle_far(int* to) { to[threadIdx.x] = __shfl_xor_sync(kAll, 1, 32); }

__global__ void multiply_apart(bool after_barrier) {
  const float zeros[4] = {};
  float sum[4] = {};
  __syncwarp();
  if (after_barrier) __syncthreads();
  cuda::multiply_add_tf32(sum, zeros, {0, 0});
}

enum Fences { kNone = 0, kBefore = 1, kAfter = 2, kApartBefore = 4, kApartAfter = 8 };

__global__ void count_blocks(int fences, unsigned* count) {
  if ((fences & kApartBefore) != 0) __threadfence();
  __syncthreads();
  if (threadIdx.x == 0) {
    if ((fences & kBefore) != 0) __threadfence();
    atomicAdd(count, 1u);
    if ((fences & kAfter) != 0) __threadfence();
  }
  __syncthreads();
  if ((fences & kApartAfter) != 0) __threadfence();
}

__global__ void stop() {
  if (blockIdx.x == 1 && threadIdx.x == 5) __trap();
}

template <typename... Parameters, typename... Arguments>
Body one_warp(void (*kernel)(Parameters...), Arguments... arguments) {
  return [=] {
    const Array<int> to(32);
    if constexpr (sizeof...(Parameters) > sizeof...(Arguments))
      launch("warp", {1, 32}, kernel, arguments..., to.data());
    else
      launch("warp", {1, 32}, kernel, arguments...);
  };
}

void check_blocks() {
  dies("some threads end before a barrier",
       {"[skip] block (0, 0, 0) cannot go on: threads 0-32 wait at __syncthreads (",
        "divergence.cu:", "; threads 33-63 ended"},
       [] { launch("skip", {3, 64}, skip_barrier, 33u); });
  dies("only the first thread comes", {"threads 0 wait at __syncthreads", "; threads 1-63 ended"},
       [] { launch("skip", {1, 64}, skip_barrier, 1u); });
  passes("no thread or every one comes", [] {
    launch("skip", {3, 64}, skip_barrier, 0u);
    launch("skip", {3, 64}, skip_barrier, 64u);
  });
  dies("barriers in two places", {"threads 0-31 wait at __syncthreads (", "; threads 32-63 wait at __syncthreads ("},
       [] { launch("two", {1, 64}, wait_in_two_places); });
  dies(
      "barriers of two kinds",
      {"block (0, 0, 0) cannot go on: threads 0-31 wait at __syncthreads (", "; threads 32-63 wait at __syncthreads ("},
      [] { launch("two", {1, 64}, wait_in_two_ways); });
  dies("every other thread", {"threads 0, 2, 4, 6", ", ... wait at __syncthreads", "; threads 1, 3, 5, 7", " ended"},
       [] { launch("odd", {1, 64}, wait_for_odd_threads); });
  dies("a trap", {"[stop] block (1, 0, 0), thread (5, 0, 0): __trap (", "divergence.cu:"},
       [] { launch("stop", {2, 8}, stop); });
}

void check_fences() {
  const auto count = [](int fences) {
    return [fences] {
      const Array<unsigned> counter(std::vector<unsigned>{0});
      launch("count", {3, 64}, count_blocks, fences, counter.data());
      expect(counter.values()[0] == 3, "blocks");
    };
  };
  passes("a count without fences", count(kNone));
  passes("a count between fences", count(kBefore | kAfter));
  passes("fences elsewhere besides", count(kBefore | kAfter | kApartBefore | kApartAfter));
  dies("a fence before the barrier alone",
       {"thread (0, 0, 0): atomicAdd (divergence.cu:", "is parted by a barrier from the fence before"},
       count(kApartBefore | kAfter));
  dies("no fence after a count", {"atomicAdd (divergence.cu:", "has no fence between it and __syncthreads ("},
       count(kBefore | kApartAfter));
}

}  // namespace

void check_divergence() {
  check_blocks();
  check_fences();
  passes("a tf32 product of lanes that are together", one_warp(multiply_apart, false));
  dies("a tf32 product of lanes that may be apart",
       {"multiply_add_tf32 (divergence.cu:", "follows no operation of the"}, one_warp(multiply_apart, true));
  dies("half a warp shuffles",
       {"[warp] block (0, 0, 0) cannot go on: threads 0-15 wait at __shfl_xor_sync (",
        "mask 0xffffffff); threads 16-31 ended"},
       one_warp(shuffle_in_part));
  dies("a lane is absent", {"threads 0-2, 4-31 wait at __syncwarp (", "; threads 3 ended"},
       one_warp(synchronize_in_part));
  dies("masks differ", {"threads 0-15 wait at __syncwarp (", "mask 0xffffffff)"}, one_warp(disagree_about_mask));
  dies("a lane leaves out itself", {"thread (0, 0, 0): __syncwarp (", "leaves out its own lane 0"},
       one_warp(leave_out_itself));
  dies("a lane that the mask leaves out is read", {"__shfl_sync (", "reads lane 20, which the mask leaves out"},
       one_warp(read_outside_mask));
  dies("lanes that the block has not", {"__ballot_sync (", "names lanes of a warp that has 0x00000003"}, [] {
    const Array<unsigned> to(34);
    launch("part", {1, 34}, vote_in_part_of_warp, to.data());
  });
  for (const int width : {0, 3, 64})
    dies("a width of " + std::to_string(width), {"has width " + std::to_string(width)},
         one_warp(shuffle_with_width, width));
  dies("a shuffle beyond the warp", {"has operand 32"}, one_warp(shuffle_far));
}

}  // namespace psilon::cuda_host::tests
