/// From dz to the gradients of a layer's weights, or straight to their next values: dW goes through memory once, then a
/// block takes each of its rows through normalisation, projection and Adam.

#include "backend/cuda/activations.h"
#include "backend/cuda/adam.h"
#include "backend/cuda/cuda_backend.h"
#include "backend/cuda/gemm.h"
#include "backend/cuda/gradient_row.h"

namespace psilon::cuda {

namespace {

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

/// out_j = sum_k x_kj       a block for each kWarp columns, threads [kLines, kWarp]
constexpr int kLines = 8;

template <typename T>
__global__ void sum_columns(Matrix<const T> x, T* out) {
  __shared__ T parts[kLines][kWarp];
  const int lane = static_cast<int>(threadIdx.x), line = static_cast<int>(threadIdx.y);
  const Index j = static_cast<Index>(blockIdx.x) * kWarp + lane;
  T total = 0;
  for (Index k = line; j < x.cols && k < x.rows; k += kLines) total += x.data[k * x.cols + j];
  parts[line][lane] = total;
  __syncthreads();
  if (line > 0 || j >= x.cols) return;
  for (int other = 1; other < kLines; other++) total += parts[other][lane];
  out[j] = total;
}

template <typename T>
__device__ void store_row(const LayerGradient<T>& to, const GradientRow<T>& gradient, Index i) {
  for (int s = 0; s < to.dv.count; s++)
    for_own(to.dv.cols, [&](Index j) { to.dv.data[s][i * to.dv.cols + j] = gradient.dv(s, j); });
}

/// Adam for row i, and the norm of the new row.
template <typename T>
__device__ void step_row(const AdamRows<T>& adam, Normalization normalization, const GradientRow<T>& gradient,
                         Index i) {
  AdamStep<T> step(*adam.rate);
  T total = 0;
  for_own(adam.v.cols, [&](Index j) {
    const Index at = i * adam.v.cols + j;
    T dv[2], envelope = 0;  // both gradients before either weight changes
    for (int s = 0; s < adam.v.count; s++) dv[s] = gradient.dv(s, j);
    for (int s = 0; s < adam.v.count; s++) {
      const T v = magnitude(step.apply(dv[s], adam.v.data[s] + at, adam.m.data[s] + at, adam.u.data[s] + at));
      envelope = v > envelope ? v : envelope;
    }
    total += normalization == Normalization::L1 ? envelope : envelope * envelope;
  });
  if (!step.finite()) *adam.stray = true;
  if (normalization == Normalization::None) return;
  const T sum = sum_block(total), norm = normalization == Normalization::L1 ? sum : sqrt(sum);
  if (threadIdx.x > 0) return;
  adam.norm[i] = norm;
  if (!(norm > 0 && norm * 0 == 0)) *adam.stray = true;
}

template <typename T>
__global__ void __launch_bounds__(kRowThreads) finish_rows(const __grid_constant__ WeightsBackward<T> op, const T* dw) {
  const Index i = blockIdx.x;
  const LayerGradient<T>& to = op.gradient;
  const GradientRow<T> gradient(op, i, dw);
  if (threadIdx.x == 0 && to.dg != nullptr) (op.shared ? op.dg_rows : to.dg)[i] = gradient.dg();
  if (to.dv.count > 0)
    store_row(to, gradient, i);
  else
    step_row(to.adam, op.normalization, gradient, i);
}

/// total_0 = sum of x, in double
template <typename T>
__global__ void __launch_bounds__(kRowThreads) sum_lengths(const T* x, Index count, T* total) {
  double sum = 0;
  for_own(count, [&](Index i) { sum += static_cast<double>(x[i]); });
  sum = sum_block(sum);
  if (threadIdx.x == 0) *total = static_cast<T>(sum);
}

}  // namespace

template <typename T>
void CudaBackend<T>::weights_backward(const WeightsBackward<T>& op) {
  const LayerGradient<T>& gradient = op.gradient;
  const auto columns = static_cast<unsigned>((op.dz.cols + kWarp - 1) / kWarp);
  launch("weights_backward", {dim3(columns), dim3(kWarp, kLines), 0, stream_}, sum_columns<T>, op.dz, gradient.db);
  multiply("weights_backward", WeightsProduct<T>{op, dw_}, multiplication());
  launch("weights_backward", by_rows(op.v.rows), finish_rows<T>, op, static_cast<const T*>(dw_));
  if (gradient.dg == nullptr || !op.shared) return;
  launch("weights_backward", by_rows(1), sum_lengths<T>, static_cast<const T*>(op.dg_rows), op.v.rows, gradient.dg);
}

template void CudaBackend<float>::weights_backward(const WeightsBackward<float>&);
template void CudaBackend<double>::weights_backward(const WeightsBackward<double>&);

}  // namespace psilon::cuda
