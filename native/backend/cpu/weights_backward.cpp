/// From dz to the gradients of a layer's weights, or straight to their next values. A thread computes dW for a block of
/// rows, in memory of its own that stays in its caches, and takes each of them through normalisation, projection and
/// Adam at once: dW and dv never travel further.

#include <atomic>
#include <limits>

#include "backend/cpu/adam.h"
#include "backend/cpu/gradient_row.h"
#include "backend/cpu/product_by_halves.h"
#include "backend/cpu/product_by_rows.h"

namespace psilon::cpu::PSILON_LEVEL {

namespace {

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
  AdamStep<T> step(*adam.rate);
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

/// The same for all of a thread's rows, behind CReLU.
template <typename T>
bool backward_rows_by_halves(const WeightsBackward<T>& op, Range own, T* scratch) {
  const HalvesMemory<T> memory(op.v.cols, op.dz.rows);
  bool finite = true;
  multiply_by_halves<T>(own, op.dz, op.x, scratch, [&](Index i, T* row) {
    finite &= finish_row(op, i, row, scratch + memory.size, memory.stride);
  });
  return finite;
}

/// All of it for a thread's own rows; false where something is no longer finite.
template <typename T>
bool backward_rows(const WeightsBackward<T>& op, Range own, T* scratch) {
  const Index n = op.dz.rows, in = op.v.cols;
  T* const db = op.gradient.db + own.begin;
  std::fill(db, db + own.size(), T(0));
  add_rows(op.dz.data + own.begin, op.dz.cols, own.size(), n, db);
  if (worth_halves<T>(op.v.count, n)) return backward_rows_by_halves(op, own, scratch);
  const ProductShape shape{own.size(), op.v.count, in, n};
  const RowsMemory<T> memory(shape, op.v.rows);
  const auto pack_b = [&](Index k, Index depth, T* panels) {
    const Index panel = kTileColumns<T> * depth;
    for (int s = 0; s < op.v.count; s++)
      with_activation<T>(op.activation, s, [&](auto act) {
        pack_columns(op.x.row(k), in, in, depth, panels + s * panel, op.v.count * panel, act);
      });
  };
  const auto pack_a = [&](Index i, Index count, Index k, Index depth, T* panel) {
    i += own.begin;
    pack_columns_by_lanes(op.dz.row(k) + i, op.dz.cols, count, depth, panel);
  };
  bool finite = true;
  multiply_by_rows(shape, op.v.rows, scratch, pack_a, pack_b, [&](Index i, T* row) {
    finite &= finish_row(op, own.begin + i, row, scratch + memory.size, memory.stride);
  });
  return finite;
}

}  // namespace

template <typename T>
void CpuBackend<T>::reserve_weights_backward(const LayerShape& layer) {
  const ProductShape shape{layer.out, layer.matrices, layer.in, layer.batch};
  const Index projected = layer.matrices * spread<T>(layer.in);  // the projection's share of a row
  const Index chosen = worth_halves<T>(layer.matrices, layer.batch) ? HalvesMemory<T>(layer.in, layer.batch).size : 0;
  for (auto& scratch : scratch_) scratch.grow(std::max(RowsMemory<T>::max_size(shape, layer.out), chosen) + projected);
}

template <typename T>
void CpuBackend<T>::weights_backward(const WeightsBackward<T>& op) {
  const LayerGradient<T>& gradient = op.gradient;
  const Index out = op.v.rows;
  std::atomic<bool> diverged = false;
  for_each_rows(pool_, out, op.dz.rows * op.v.cols * out, [&](Range own, int thread) {
    if (!backward_rows(op, own, scratch_[static_cast<std::size_t>(thread)].data())) diverged = true;
  });
  if (diverged) *gradient.adam.diverged = true;
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
