/// From dz to the gradients of a layer's weights, or straight to their next values. A thread computes dW for a block of
/// rows, in memory of its own that stays in its caches, and takes each of them through normalisation, projection and
/// Adam at once: dW and dv never travel further.

#include <atomic>

#include "backend/cpu/activations.h"
#include "backend/cpu/adam.h"
#include "backend/cpu/gemm.h"
#include "backend/cpu/gradient_row.h"

namespace psilon::cpu::PSILON_LEVEL {

namespace {

constexpr Index kBlockBytes = 128 * 1024;

/// A thread's memory for a block of rows: packed dz^T, dW with rows of whole vectors, and the projection's share of a row.
template <typename T>
struct Block {
  ProductShape shape;
  Index stride;  // of a row of dW_s
  Index rows;

  Block(Index batch, int matrices, Index in, Index out)
      : shape{.m = out, .matrices = matrices, .n = in, .depth = batch},
        stride(padded<T>(in)),
        rows(std::min(rows_per_block<T>(matrices * stride, kBlockBytes), round_up(out, kTileRows))) {}

  Index packed_size() const { return rows * padded<T>(shape.depth); }
  Index size() const { return packed_size() + (rows + 1) * shape.matrices * stride; }
};

/// The sums over the batch of `count` columns of dz.
template <typename T>
void sum_columns(const T* __restrict dz, Index stride, Index n, Index count, T* __restrict db) {
  std::fill(db, db + count, T(0));
  for (Index k = 0; k < n; k++, dz += stride)
    for (Index i = 0; i < count; i++) db[i] += dz[i];
}

/// Adam for row i, and the norm of the new row; false where something is no longer finite.
template <typename T>
bool step_row(const WeightsBackward<T>& op, Index i, T* const dv[2]) {
  const AdamRows<T>& adam = op.gradient.adam;
  bool finite = true;
  for (int s = 0; s < op.v.count; s++)
    finite &= adam_range(adam.rate, op.v.cols, dv[s], adam.v.row(s, i), adam.m.row(s, i), adam.u.row(s, i)) == 0;
  if (op.normalization != Normalization::None) adam.norm[i] = row_norm(Row<T>(op.v, i), op.normalization);
  return finite;
}

}  // namespace

template <typename T>
void CpuBackend<T>::reserve_weights_backward(const LayerShape& layer) {
  const Block<T> block(layer.batch, layer.matrices, layer.in, layer.out);
  packed_b_.grow(packed_size<T>(block.shape));
  for (auto& scratch : scratch_) scratch.grow(block.size());
}

template <typename T>
void CpuBackend<T>::weights_backward(const WeightsBackward<T>& op) {
  const Index in = op.v.cols, out = op.v.rows;
  const LayerGradient<T>& gradient = op.gradient;
  const Block<T> block(op.dz.rows, op.v.count, in, out);
  pack_b(pool_, block.shape, packed_b_.data(), [&](int s, Index j, T* panel) {
    with_activation<T>(op.activation, s, [&](auto act) {
      pack_columns(op.x.data + j, in, std::min(kTileColumns<T>, in - j), op.x.rows, panel, act);
    });
  });
  std::atomic<bool> stray = false;
  for_each_block(pool_, block.shape, block.rows, [&](Index first, Index last, int thread) {
    T* packed = scratch_[static_cast<std::size_t>(thread)].data();
    T* dw = packed + block.packed_size();
    const Index row_size = block.shape.matrices * block.stride;
    T* scratch_row = dw + block.rows * row_size;
    for (Index i = first; i < last; i += kTileRows)
      pack_by_depth(op.dz.data + i, out, std::min(kTileRows, last - i), op.dz.rows,
                    packed + (i - first) * op.dz.rows);
    sum_columns(op.dz.data + first, out, op.dz.rows, last - first, gradient.db + first);
    const auto place = [&](Index i, int s, Index j) {
      return std::pair(dw + (i - first) * row_size + s * block.stride + j, row_size);
    };
    multiply_block<T, PackedA::ByDepth>(block.shape, first, last, packed, packed_b_.data(), place,
                                        [](Index, Index, int, Index) {});
    for (Index i = first; i < last; i++) {
      T* row = dw + (i - first) * row_size;
      T* const d[2] = {row, row + (op.v.count - 1) * block.stride};
      T* const projected[2] = {scratch_row, scratch_row + (op.v.count - 1) * block.stride};
      const T dg = backward_row(op, i, d, projected);
      if (gradient.dg != nullptr) (op.shared ? op.dg_rows : gradient.dg)[i] = dg;
      for (int s = 0; s < gradient.dv.count; s++) std::copy_n(d[s], in, gradient.dv.row(s, i));
      if (gradient.dv.count == 0 && !step_row(op, i, d)) stray = true;
    }
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
