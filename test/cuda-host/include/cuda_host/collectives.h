#pragma once

#include <cuda_host/types.h>

#include <cstdint>
#include <cstring>
#include <type_traits>

namespace psilon::cuda_host {

struct Position {
  uint3 thread;
  uint3 block;
  dim3 block_size;
  dim3 grid_size;
};
/// Of the thread that runs.
extern Position position;

/// The call in the source at which threads meet.
struct Meeting {
  const char* operation = "";
  const char* file = "";
  int line = 0;
  unsigned mask = 0;  // lanes of a warp; 0: the block

  bool operator==(const Meeting& other) const {
    const auto same = [](const char* a, const char* b) { return a == b || std::strcmp(a, b) == 0; };
    return line == other.line && mask == other.mask && same(operation, other.operation) && same(file, other.file);
  }
};

/// Waits for all threads of the block; for how many of them the predicate holds.
int meet_block(const Meeting& meeting, bool predicate);
/// Waits for the lanes of the mask; those for which the predicate holds.
unsigned meet_warp(const Meeting& meeting, bool predicate);

enum class Shuffle { Index, Down, Xor };
/// Waits for the lanes of the mask; the bits that the source lane brought.
std::uint64_t shuffle(const Meeting& meeting, std::uint64_t bits, Shuffle kind, int operand, int width);

template <typename T>
T shuffle_value(const Meeting& meeting, T value, Shuffle kind, int operand, int width) {
  static_assert(std::is_arithmetic_v<T> && (sizeof(T) == 4 || sizeof(T) == 8), "a shuffle moves 4 or 8 bytes");
  std::uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof value);
  bits = shuffle(meeting, bits, kind, operand, width);
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

/// Ends the process unless the last thing that the thread waited for was its warp.
void require_together(const char* operation, const char* file, int line);

[[noreturn]] void trap(const char* file, int line);

}  // namespace psilon::cuda_host

inline const uint3& threadIdx = psilon::cuda_host::position.thread;
inline const uint3& blockIdx = psilon::cuda_host::position.block;
inline const dim3& blockDim = psilon::cuda_host::position.block_size;
inline const dim3& gridDim = psilon::cuda_host::position.grid_size;
inline constexpr int warpSize = 32;

/// The last two parameters are where the call stands in the source.
#define PSILON_CALL_SITE const char *file = __builtin_FILE(), int line = __builtin_LINE()

inline void __syncthreads(PSILON_CALL_SITE) { psilon::cuda_host::meet_block({"__syncthreads", file, line}, false); }
inline int __syncthreads_count(int predicate, PSILON_CALL_SITE) {
  return psilon::cuda_host::meet_block({"__syncthreads_count", file, line}, predicate != 0);
}
inline int __syncthreads_or(int predicate, PSILON_CALL_SITE) {
  return psilon::cuda_host::meet_block({"__syncthreads_or", file, line}, predicate != 0) > 0;
}
inline int __syncthreads_and(int predicate, PSILON_CALL_SITE) {
  return psilon::cuda_host::meet_block({"__syncthreads_and", file, line}, predicate == 0) == 0;
}

inline void __syncwarp(unsigned mask = 0xffffffff, PSILON_CALL_SITE) {
  psilon::cuda_host::meet_warp({"__syncwarp", file, line, mask}, false);
}
inline unsigned __ballot_sync(unsigned mask, int predicate, PSILON_CALL_SITE) {
  return psilon::cuda_host::meet_warp({"__ballot_sync", file, line, mask}, predicate != 0);
}
inline int __any_sync(unsigned mask, int predicate, PSILON_CALL_SITE) {
  return psilon::cuda_host::meet_warp({"__any_sync", file, line, mask}, predicate != 0) != 0;
}
inline int __all_sync(unsigned mask, int predicate, PSILON_CALL_SITE) {
  return psilon::cuda_host::meet_warp({"__all_sync", file, line, mask}, predicate != 0) == mask;
}

template <typename T>
T __shfl_sync(unsigned mask, T value, int lane, int width = 32, PSILON_CALL_SITE) {
  using psilon::cuda_host::Shuffle;
  return psilon::cuda_host::shuffle_value({"__shfl_sync", file, line, mask}, value, Shuffle::Index, lane, width);
}
template <typename T>
T __shfl_down_sync(unsigned mask, T value, unsigned delta, int width = 32, PSILON_CALL_SITE) {
  using psilon::cuda_host::Shuffle;
  return psilon::cuda_host::shuffle_value({"__shfl_down_sync", file, line, mask}, value, Shuffle::Down,
                                          static_cast<int>(delta), width);
}
template <typename T>
T __shfl_xor_sync(unsigned mask, T value, int lanes, int width = 32, PSILON_CALL_SITE) {
  using psilon::cuda_host::Shuffle;
  return psilon::cuda_host::shuffle_value({"__shfl_xor_sync", file, line, mask}, value, Shuffle::Xor, lanes, width);
}

inline void __trap(const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
  psilon::cuda_host::trap(file, line);
}

#undef PSILON_CALL_SITE
