#pragma once

#include "backend/cuda/block.h"
#include "backend/elements.h"
#include "backend/operations.h"

namespace psilon::cuda {

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

  /// d v~_j / d v_sj
  __device__ T slope(int s, Index j) const {
    return count == 1 ? sign(data[s][j]) : slope_of_larger(data[s][j], data[1 - s][j]);
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
