#pragma once

#include "backend/cuda/gemm.h"
#include "backend/elements.h"

/// The products of a layer, with activations and row scales as factors are fetched, and epilogues as sums are put.
namespace psilon::cuda {

/// act_s(z)
template <typename T>
__device__ T activate(Activation activation, int s, T z) {
  if (activation == Activation::Identity) return z;
  return s == 0 ? positive_half(z) : negative_half(z);
}

template <typename T>
struct ForwardProduct {
  using Value = T;
  static constexpr bool kDeepA = true, kDeepB = true;
  static constexpr Passes kPasses = Passes::Summed;
  LinearForward<T> op;

  __host__ __device__ Index m() const { return op.x.rows; }
  __host__ __device__ Index n() const { return op.w.m.rows; }
  __host__ __device__ Index depth() const { return op.x.cols; }
  __host__ __device__ int passes() const { return op.w.m.count; }

  __device__ Matrix<const T> memory_a(int) const { return op.x; }
  __device__ Matrix<const T> memory_b(int s) const { return {op.w.m.data[s], op.w.m.rows, op.w.m.cols}; }
  __device__ T a(int s, Index, Index, T x) const { return activate(op.activation, s, x); }
  __device__ T b(int, Index, Index, T v) const { return v; }
  __device__ void put(int, Index i, Index j, T sum) const {
    T z = op.w.scale == nullptr ? sum : sum * op.w.scale[j];
    z += op.b[j];
    if (op.residual) z += op.x.data[i * op.x.cols + j];
    op.z.data[i * op.z.cols + j] = z;
  }
};

template <typename T>
struct BackwardInputProduct {
  using Value = T;
  static constexpr bool kDeepA = true, kDeepB = false;
  static constexpr Passes kPasses = Passes::InOrder;
  LinearBackwardInput<T> op;

  __host__ __device__ Index m() const { return op.dz.rows; }
  __host__ __device__ Index n() const { return op.w.m.cols; }
  __host__ __device__ Index depth() const { return op.w.m.rows; }
  __host__ __device__ int passes() const { return op.w.m.count; }

  __device__ Matrix<const T> memory_a(int) const { return op.dz; }
  __device__ Matrix<const T> memory_b(int s) const { return {op.w.m.data[s], op.w.m.rows, op.w.m.cols}; }
  __device__ T a(int, Index, Index, T dz) const { return dz; }
  __device__ T b(int, Index k, Index, T v) const {
    return op.w.scale == nullptr || k >= depth() ? v : v * op.w.scale[k];
  }
  __device__ void put(int s, Index i, Index j, T sum) const {
    const T x = op.x.data[i * op.x.cols + j];
    T* dx = op.dx.data + i * op.dx.cols + j;
    if (s == 0)
      *dx = (x > 0 ? sum : T(0)) + (op.residual ? op.dz.data[i * op.dz.cols + j] : T(0));
    else
      *dx += x < 0 ? sum : T(0);
  }
};

/// dW_s = dz^T act_s(x)
template <typename T>
struct WeightsProduct {
  using Value = T;
  static constexpr bool kDeepA = false, kDeepB = false;
  static constexpr Passes kPasses = Passes::Apart;
  WeightsBackward<T> op;
  T* dw;

  __host__ __device__ Index m() const { return op.v.rows; }
  __host__ __device__ Index n() const { return op.v.cols; }
  __host__ __device__ Index depth() const { return op.dz.rows; }
  __host__ __device__ int passes() const { return op.v.count; }

  __device__ Matrix<const T> memory_a(int) const { return op.dz; }
  __device__ Matrix<const T> memory_b(int) const { return op.x; }
  __device__ T a(int, Index, Index, T dz) const { return dz; }
  __device__ T b(int s, Index, Index, T x) const { return activate(op.activation, s, x); }
  __device__ void put(int s, Index i, Index j, T sum) const { dw[(s * m() + i) * n() + j] = sum; }
};

}  // namespace psilon::cuda
