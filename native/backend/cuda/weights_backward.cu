/// From dz to the gradients of a layer's weights, or straight to their next values: dW goes through memory once, then a
/// block takes each of its rows through normalisation, projection and Adam.

#include "backend/cuda/adam.h"
#include "backend/cuda/cuda_backend.h"
#include "backend/cuda/gradient_row.h"
#include "backend/cuda/products.h"

namespace psilon::cuda {

namespace {

template <typename T>
__device__ T sum_column(const Matrix<const T>& x, Index j) {
  T total = 0;
  for_own(x.rows, [&](Index k) { total += x.data[k * x.cols + j]; });
  return sum_block(total);
}

template <typename T>
__device__ void store_row(const LayerGradient<T>& to, const GradientRow<T>& gradient, Index i) {
  for_matrices(to.dv.count, [&](int s) {
    for_own(to.dv.cols, [&](Index j) { to.dv.data[s][i * to.dv.cols + j] = gradient.dv(s, j); });
  });
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
    for_matrices(adam.v.count, [&](int s) { dv[s] = gradient.dv(s, j); });
    for_matrices(adam.v.count, [&](int s) {
      const T v = step.apply(dv[s], adam.v.data[s] + at, adam.m.data[s] + at, adam.u.data[s] + at);
      envelope = larger(magnitude(v), envelope);
    });
    total += normalization == Normalization::L1 ? envelope : envelope * envelope;
  });
  if (!step.finite()) *adam.diverged = true;
  if (normalization == Normalization::None) return;
  const T sum = sum_block(total), norm = normalization == Normalization::L1 ? sum : sqrt(sum);
  if (threadIdx.x > 0) return;
  adam.norm[i] = norm;
  if (!(norm > 0 && norm * 0 == 0)) *adam.diverged = true;
}

/// Other blocks have written x.
template <typename T>
__device__ T sum_lengths(const volatile T* x, Index count) {
  LongSum<T> sum{};
  for_own(count, [&](Index i) { sum.add(x[i]); });
  return sum_block(sum).rounded();
}

/// A block for each row; the last one adds up the gradient of a shared length.
template <typename T>
struct FinishRows {
  static constexpr int kThreads = kRowThreads;
  WeightsBackward<T> op;
  Scratch<T> scratch;

  __device__ void run() const {
    const Index i = blockIdx.x;
    const LayerGradient<T>& to = op.gradient;
    const GradientRow<T> gradient(op, i, scratch.dw);
    const T db = sum_column(op.dz, i);
    if (threadIdx.x == 0) {
      to.db[i] = db;
      if (to.dg != nullptr) (op.shared ? op.dg_rows : to.dg)[i] = gradient.dg();
    }
    if (to.dv.count > 0)
      store_row(to, gradient, i);
    else
      step_row(to.adam, op.normalization, gradient, i);
    if (to.dg == nullptr || !op.shared || !last_block(scratch.arrived)) return;
    const T dg = sum_lengths(op.dg_rows, op.v.rows);
    if (threadIdx.x == 0) *to.dg = dg;
  }
};

}  // namespace

template <typename T>
void CudaBackend<T>::weights_backward(const WeightsBackward<T>& op) {
  const Scratch<T> scratch = this->scratch();
  multiply("weights_backward", WeightsProduct<T>{op, scratch.dw}, multiplication());
  launch("weights_backward", by_rows(op.v.rows), FinishRows<T>{op, scratch});
}

template <typename T>
void CudaBackend<T>::layer_backward(const LinearBackwardInput<T>& input, const WeightsBackward<T>& op) {
  const Scratch<T> scratch = this->scratch();
  multiply("layer_backward", BackwardInputProduct<T>{input}, WeightsProduct<T>{op, scratch.dw}, multiplication());
  launch("weights_backward", by_rows(op.v.rows), FinishRows<T>{op, scratch});
}

#define PSILON_INSTANTIATE(T)                                                \
  template void CudaBackend<T>::weights_backward(const WeightsBackward<T>&); \
  template void CudaBackend<T>::layer_backward(const LinearBackwardInput<T>&, const WeightsBackward<T>&);
PSILON_INSTANTIATE(float)
PSILON_INSTANTIATE(double)

}  // namespace psilon::cuda
