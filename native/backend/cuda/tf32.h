#pragma once

#include <cuda_runtime.h>

#ifdef __CUDACC__
namespace psilon::cuda {

/// x with a mantissa of 10 bits, rounded to nearest, ties away from 0.
__device__ inline float to_tf32(float x) {
  unsigned rounded;
  asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(rounded) : "f"(x));
  return __uint_as_float(rounded);
}

/// C [16, 8] += A [16, 8] B [8, 8] by a warp whose lanes are together, of which lane 4 q + r has, as PTX lays out
/// mma.m16n8k8:
///   a = A[q][r], A[q+8][r], A[q][r+4], A[q+8][r+4];  b = B[r][q], B[r+4][q];  c = C[q][2r], C[q][2r+1], C[q+8][2r],
///   ...
__device__ inline void multiply_add_tf32(float (&c)[4], const float (&a)[4], const float (&b)[2]) {
  const auto bits = [](float x) { return __float_as_uint(x); };
  asm volatile(
      "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, "
      "{%0, %1, %2, %3};"
      : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
      : "r"(bits(a[0])), "r"(bits(a[1])), "r"(bits(a[2])), "r"(bits(a[3])), "r"(bits(b[0])), "r"(bits(b[1])));
}

}  // namespace psilon::cuda
#else
#include <cuda_host/tf32.h>  // the same two for tests on the CPU
#endif
