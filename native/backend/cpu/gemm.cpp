/// The products of a layer, with their prologues (activations, row scales) in the packing and their epilogues in the
/// storing of tiles.

#include "backend/cpu/gemm.h"

#include "backend/cpu/activations.h"

namespace psilon::cpu::PSILON_LEVEL {

namespace {

constexpr Index kBlockBytes = 512 * 1024;

template <typename T>
ProductShape forward_shape(Index n, int matrices, Index in, Index out) {
  // each matrix but the last is padded, so that the next one's part of a row begins with a vector
  return {.m = n, .matrices = 1, .n = out, .depth = (matrices - 1) * padded<T>(in) + in};
}

template <typename T>
Index block_size(const ProductShape& shape) {
  const Index rows = std::min(rows_per_block<T>(shape.depth, kBlockBytes), round_up(shape.m, kTileRows));
  return rows * padded<T>(shape.depth);
}

}  // namespace

template <typename T>
void CpuBackend<T>::reserve_products(const LayerShape& layer) {
  const auto reserve_for = [&](const ProductShape& shape) {
    packed_b_.grow(packed_size<T>(shape));
    for (auto& scratch : scratch_) scratch.grow(block_size<T>(shape));
  };
  reserve_for(forward_shape<T>(layer.batch, layer.matrices, layer.in, layer.out));
  if (layer.backward) reserve_for({layer.batch, layer.matrices, layer.in, layer.out});
}

template <typename T>
void CpuBackend<T>::linear_forward(const LinearForward<T>& op) {
  const Index in = op.x.cols, part = padded<T>(in);
  const Matrices<const T>& w = op.w.m;
  const auto shape = forward_shape<T>(op.x.rows, w.count, in, w.rows);
  pack_b(pool_, shape, packed_b_.data(), [&](int, Index j, T* panel) {
    const Index columns = std::min(kTileColumns<T>, w.rows - j);
    const Index width = padded<T>(columns);
    for (int s = 0; s < w.count; s++, panel += part * width) {
      pack_transposed(w.row(s, j), in, columns, in, panel);
      if (s + 1 < w.count) std::fill(panel + in * width, panel + part * width, T(0));
    }
  });
  for_each_block(pool_, shape, rows_per_block<T>(shape.depth, kBlockBytes), [&](Index first, Index last, int thread) {
    T* packed = scratch_[static_cast<std::size_t>(thread)].data();
    for (Index i = first; i < last; i += kTileRows) {
      const Index rows = std::min(kTileRows, last - i);
      T* panel = packed + (i - first) * padded<T>(shape.depth);
      for (int s = 0; s < w.count; s++, panel += panel_height(rows) * part)
        with_activation<T>(op.activation, s, [&](auto act) {
          pack_by_lanes(op.x.row(i), in, rows, in, panel, [act](Vector<T> x, Index, Index) { return act(x); });
        });
    }
    const auto put = [&](Index i, int, Index j, Vector<T> z, Index lanes) __attribute__((always_inline)) {
      if (op.w.scale != nullptr) z *= load(op.w.scale + j, lanes);
      z += load(op.b + j, lanes);
      if (op.residual) z += load(op.x.row(i) + j, lanes);
      store<T>(op.z.row(i) + j, z, lanes);
    };
    multiply_block<T, PackedA::ByLanes>(shape, first, last, packed, packed_b_.data(), put);
  });
}

template <typename T>
void CpuBackend<T>::linear_backward_input(const LinearBackwardInput<T>& op) {
  const Matrices<const T>& w = op.w.m;
  const ProductShape shape{.m = op.dz.rows, .matrices = w.count, .n = w.cols, .depth = w.rows};
  pack_b(pool_, shape, packed_b_.data(), [&](int s, Index j, T* panel) {
    pack_columns(w.data[s] + j, w.cols, std::min(kTileColumns<T>, w.cols - j), w.rows, panel,
                 [](Vector<T> v) { return v; });
  });
  for_each_block(pool_, shape, rows_per_block<T>(shape.depth, kBlockBytes), [&](Index first, Index last, int thread) {
    T* packed = scratch_[static_cast<std::size_t>(thread)].data();
    for (Index i = first; i < last; i += kTileRows)
      pack_by_lanes(op.dz.row(i), w.rows, std::min(kTileRows, last - i), w.rows,
                    packed + (i - first) * padded<T>(shape.depth), [&](Vector<T> dz, Index k, Index lanes) {
                      return op.w.scale == nullptr ? dz : dz * load(op.w.scale + k, lanes);
                    });
    const auto put = [&](Index i, int s, Index j, Vector<T> value, Index lanes) __attribute__((always_inline)) {
      const Vector<T> x = load(op.x.row(i) + j, lanes), none{};
      T* dx = op.dx.row(i) + j;
      Vector<T> total = s == 0 ? (x > 0 ? value : none) : (x < 0 ? value : none) + load(dx, lanes);
      if (s == 0 && op.residual) total += load(op.dz.row(i) + j, lanes);
      store<T>(dx, total, lanes);
    };
    multiply_block<T, PackedA::ByLanes>(shape, first, last, packed, packed_b_.data(), put);
  });
}

#define PSILON_INSTANTIATE(T)                                           \
  template void CpuBackend<T>::reserve_products(const LayerShape&);     \
  template void CpuBackend<T>::linear_forward(const LinearForward<T>&); \
  template void CpuBackend<T>::linear_backward_input(const LinearBackwardInput<T>&);
PSILON_INSTANTIATE(float)
PSILON_INSTANTIATE(double)

}  // namespace psilon::cpu::PSILON_LEVEL
