/// From dz to the gradients of a layer's weights, or straight to their next values. A thread computes dW for a block of
/// rows, in memory of its own that stays in its caches, and takes each of them through normalisation, projection and
/// Adam at once: dW and dv never travel further.

#include <atomic>

#include "backend/cpu/finish_rows.h"
#include "backend/cpu/product_by_halves.h"
#include "backend/cpu/product_by_rows.h"

namespace psilon::cpu::PSILON_LEVEL {

namespace {

/// The same for all of a thread's rows, behind CReLU.
template <typename T>
bool backward_rows_by_halves(const WeightsBackward<T>& op, Range own, T* scratch) {
  const HalvesMemory<T> memory(op.v.cols, op.dz.rows);
  bool finite = true;
  multiply_by_halves<T>(own, op.dz, op.x, scratch, [&](Index i, T* row) {
    finite &= finish_rows<true>(op, i, 1, row, scratch + memory.size, memory.stride);
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
    finite &= finish_rows<true>(op, own.begin + i, 1, row, scratch + memory.size, memory.stride);
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
  sum_shared_length(op);
}

#define PSILON_INSTANTIATE(T)                                               \
  template void CpuBackend<T>::reserve_weights_backward(const LayerShape&); \
  template void CpuBackend<T>::weights_backward(const WeightsBackward<T>&);
PSILON_INSTANTIATE(float)
PSILON_INSTANTIATE(double)

}  // namespace psilon::cpu::PSILON_LEVEL
