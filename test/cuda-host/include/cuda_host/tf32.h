#pragma once

#include <cuda_runtime.h>

#include <bit>
#include <cstdint>
#include <initializer_list>

namespace psilon::cuda_host {

/// A [16, 8] and B [8, 8] of a warp that multiplies them.
struct Fragments {
  float a[16][8];
  float b[8][8];
};
/// Of the warps of the block that runs.
inline Fragments fragments[32];

}  // namespace psilon::cuda_host

namespace psilon::cuda {

inline float to_tf32(float x) {
  if (x != x) return x;
  return std::bit_cast<float>((std::bit_cast<std::uint32_t>(x) + 0x1000u) & ~0x1fffu);
}

/// Ends the process where an operand has more bits than the device reads, or the lanes may be apart. The last two
/// parameters are where the call stands in the source.
inline void multiply_add_tf32(float (&c)[4], const float (&a)[4], const float (&b)[2],
                              const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
  cuda_host::require_together("multiply_add_tf32", file, line);
  for (const float x : {a[0], a[1], a[2], a[3], b[0], b[1]})
    if (x == x && to_tf32(x) != x) __trap(file, line);
  const auto lane = threadIdx.x % warpSize, q = lane / 4, r = lane % 4;
  auto& of = cuda_host::fragments[threadIdx.x / warpSize];
  for (unsigned k = 0; k < 2; k++) {
    of.b[r + 4 * k][q] = b[k];
    for (unsigned i = 0; i < 2; i++) of.a[q + 8 * i][r + 4 * k] = a[2 * k + i];
  }
  __syncwarp(0xffffffff, file, line);
  for (unsigned e = 0; e < 4; e++) {
    double sum = 0;
    for (unsigned k = 0; k < 8; k++) sum += static_cast<double>(of.a[q + e / 2 * 8][k]) * of.b[k][2 * r + e % 2];
    c[e] += static_cast<float>(sum);
  }
  __syncwarp(0xffffffff, file, line);
}

}  // namespace psilon::cuda
