#pragma once

#include "backend/cuda/block.h"
#include "backend/operations.h"

namespace psilon::cuda {

template <typename T>
__device__ T sign(T x) {
  return static_cast<T>((x > 0) - (x < 0));
}

template <typename T>
__device__ T magnitude(T x) {
  return x < 0 ? -x : x;
}

template <typename T>
__device__ T larger(T a, T b) {
  return a > b ? a : b;
}

/// What |v| must exceed to have a projection other than 0.
template <typename T>
__device__ T projection_floor(T tau, bool keep_zeros) {
  return keep_zeros && tau < 0 ? T(0) : tau;
}

/// use(s) for one or two matrices, with s known to the compiler: what has a place for each of them stays in registers.
template <typename Use>
__device__ void for_matrices(int count, const Use& use) {
  use(0);
  if (count == 2) use(1);
}

/// Row i of each of a layer's matrices.
template <typename T>
struct Row {
  const T* data[2];
  int count;
  Index size;

  __device__ Row(const Matrices<const T>& v, Index i)
      : data{v.data[0] + i * v.cols, v.data[v.count - 1] + i * v.cols}, count(v.count), size(v.cols) {}

  /// v~_j = max_s |v_sj|
  __device__ T envelope(Index j) const { return larger(magnitude(data[0][j]), magnitude(data[1][j])); }

  /// d v~_j / d v_sj: sign(v_sj) where it is the larger, half of it at a tie, else 0
  __device__ T slope(int s, Index j) const {
    const T v = data[s][j];
    if (count == 1) return sign(v);
    const T mine = magnitude(v), other = magnitude(data[1 - s][j]);
    return sign(v) * (mine > other ? T(1) : mine == other ? T(0.5) : T(0));
  }
};

/// |v~|_1 or |v~|_2, by all threads of a block
template <typename T>
__device__ T row_norm(const Row<T>& v, Normalization normalization) {
  T total = 0;
  for_own(v.size, [&](Index j) {
    const T t = v.envelope(j);
    total += normalization == Normalization::L1 ? t : t * t;
  });
  total = sum_block(total);
  return normalization == Normalization::L1 ? total : sqrt(total);
}

}  // namespace psilon::cuda
