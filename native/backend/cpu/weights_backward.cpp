/// From dz to the gradients of a layer's weights, or straight to their next values. A thread computes dW for a block of
/// rows, in memory of its own that stays in its caches, and takes each of them through normalisation, projection and
/// Adam at once: dW and dv never travel further.

#include <atomic>
#include <limits>

#include "backend/cpu/activations.h"
#include "backend/cpu/adam.h"
#include "backend/cpu/gemm.h"
#include "backend/cpu/gradient_row.h"

namespace psilon::cpu::PSILON_LEVEL {

namespace {

/// A thread's memory: packed B, that is act(x); packed dz^T and dW, with rows of whole vectors, for a block of rows;
/// and the projection's share of a row.
template <typename T>
struct Memory {
  static constexpr Index kBlockBytes = 128 * 1024;

  Index stride;  // of a row of dW_s
  Index rows;    // of a block
  Index a;       // where it begins, B at 0
  Index dw;
  Index projected;
  Index size;

  explicit Memory(const ProductShape& shape) : stride(spread<T>(shape.n)) {
    rows = std::min(rows_per_block<T>(shape.matrices * stride, kBlockBytes), round_up(shape.m, kTileRows));
    a = packed_size<T>(shape);
    dw = a + rows * padded<T>(shape.depth);
    projected = dw + rows * shape.matrices * stride;
    size = projected + shape.matrices * stride;
  }
};

/// The sums over the batch of `count` columns of dz.
template <typename T>
void sum_columns(const T* __restrict dz, Index stride, Index n, Index count, T* __restrict db) {
  std::fill(db, db + count, T(0));
  for (Index k = 0; k < n; k++, dz += stride)
    for (Index i = 0; i < count; i++) db[i] += dz[i];
}

template <typename T>
void store_row(const LayerGradient<T>& to, const GradientRow<T>& gradient, Index i) {
  for (int s = 0; s < to.dv.count; s++)
    for_vectors<T>(to.dv.cols,
                   [&](Index j, auto lanes) { store<T>(to.dv.row(s, i) + j, gradient.dv(s, j, lanes), lanes); });
}

/// Adam for row i, and the norm of the new row; false where something is no longer finite.
template <typename T, int kMatrices>
bool step_row(const AdamRows<T>& adam, Normalization normalization, const GradientRow<T>& of, Index i) {
  const GradientRow<T> gradient = of;
  T* rows[3][kMatrices];
  for (int s = 0; s < kMatrices; s++) {
    rows[0][s] = adam.v.row(s, i);
    rows[1][s] = adam.m.row(s, i);
    rows[2][s] = adam.u.row(s, i);
  }
  AdamStep<T> step(adam.rate);
  Vector<T> total{};
  for_vectors<T>(adam.v.cols, [&](Index j, auto lanes) {
    Vector<T> dv[kMatrices], envelope{};
    for (int s = 0; s < kMatrices; s++) {
      dv[s] = gradient.dv(s, j, lanes);
      for (const auto& each : rows) __builtin_prefetch(each[s] + j + adam.v.cols, 1);  // the next row
    }
    for (int s = 0; s < kMatrices; s++) {
      const Vector<T> v = step.apply(dv[s], rows[0][s] + j, rows[1][s] + j, rows[2][s] + j, lanes);
      envelope = magnitudes(v) > envelope ? magnitudes(v) : envelope;
    }
    total += normalization == Normalization::L1 ? envelope : envelope * envelope;
  });
  if (normalization == Normalization::None) return step.finite();
  const T sum = sum_lanes<T>(total), norm = normalization == Normalization::L1 ? sum : std::sqrt(sum);
  adam.norm[i] = norm;
  return step.finite() && norm > 0 && norm < std::numeric_limits<T>::infinity();
}

/// Row i, from dW in `row` to where its gradient goes; false where something is no longer finite.
template <typename T>
bool finish_row(const WeightsBackward<T>& op, Index i, T* row, T* projected, Index stride) {
  const LayerGradient<T>& to = op.gradient;
  const Index second = (op.v.count - 1) * stride;
  T* const d[2] = {row, row + second};
  T* const p[2] = {projected, projected + second};
  const GradientRow<T> gradient(op, i, d, p);
  if (to.dg != nullptr) (op.shared ? op.dg_rows : to.dg)[i] = gradient.dg();
  if (to.dv.count > 0) {
    store_row(to, gradient, i);
    return true;
  }
  return op.v.count == 1 ? step_row<T, 1>(to.adam, op.normalization, gradient, i)
                         : step_row<T, 2>(to.adam, op.normalization, gradient, i);
}

/// All of it for a thread's own rows; false where something is no longer finite.
template <typename T>
bool backward_rows(const WeightsBackward<T>& op, Range own, T* scratch) {
  const Index n = op.dz.rows, in = op.v.cols, out = op.v.rows;
  const ProductShape shape{own.size(), op.v.count, in, n};
  const Memory<T> memory(shape);
  const Index panel = kTileColumns<T> * n, row_size = op.v.count * memory.stride;
  T *const packed_b = scratch, *const packed_a = scratch + memory.a, *const dw = scratch + memory.dw;
  const auto sums = [&](int s, Index j) { return Sums<T>{dw + s * memory.stride + j, row_size}; };
  for (int s = 0; s < op.v.count; s++)
    with_activation<T>(op.activation, s, [&](auto act) {
      pack_columns(op.x.data, in, in, n, packed_b + s * panel, op.v.count * panel, act);
    });
  sum_columns(op.dz.data + own.begin, out, n, own.size(), op.gradient.db + own.begin);
  bool finite = true;
  for (Index first = own.begin; first < own.end; first += memory.rows) {
    const Index last = std::min(first + memory.rows, own.end);
    for (Index i = first; i < last; i += kTileRows)
      pack_by_depth(op.dz.data + i, out, std::min(kTileRows, last - i), n, packed_a + (i - first) * n);
    multiply_block<T, PackedA::ByDepth>(shape, last - first, packed_a, packed_b, sums, [](auto...) {});
    for (Index i = first; i < last; i++)
      finite &= finish_row(op, i, dw + (i - first) * row_size, scratch + memory.projected, memory.stride);
  }
  return finite;
}

}  // namespace

template <typename T>
void CpuBackend<T>::reserve_weights_backward(const LayerShape& layer) {
  const ProductShape shape{layer.out, layer.matrices, layer.in, layer.batch};
  for (auto& scratch : scratch_) scratch.grow(Memory<T>(shape).size);
}

template <typename T>
void CpuBackend<T>::weights_backward(const WeightsBackward<T>& op) {
  const LayerGradient<T>& gradient = op.gradient;
  const Index out = op.v.rows;
  std::atomic<bool> stray = false;
  for_each_rows(pool_, out, op.dz.rows * op.v.cols * out, [&](Range own, int thread) {
    if (!backward_rows(op, own, scratch_[static_cast<std::size_t>(thread)].data())) stray = true;
  });
  if (stray) *gradient.adam.stray = true;
  if (gradient.dg == nullptr || !op.shared) return;
  double total = 0;
  for (Index i = 0; i < out; i++) total += static_cast<double>(op.dg_rows[i]);
  gradient.dg[0] = static_cast<T>(total);
}

#define PSILON_INSTANTIATE(T)                                               \
  template void CpuBackend<T>::reserve_weights_backward(const LayerShape&); \
  template void CpuBackend<T>::weights_backward(const WeightsBackward<T>&);
PSILON_INSTANTIATE(float)
PSILON_INSTANTIATE(double)

}  // namespace psilon::cpu::PSILON_LEVEL
