/// The products of a layer, with their prologues (activations, row scales) in the packing and their epilogues in the
/// storing of tiles.

#include "backend/cpu/activations.h"
#include "backend/cpu/product_by_sign.h"

namespace psilon::cpu::PSILON_LEVEL {

namespace {

/// Each matrix but the last is padded, so that the next one's part of a row begins with a vector.
template <typename T>
Index forward_depth(int matrices, Index in) {
  return (matrices - 1) * padded<T>(in) + in;
}

}  // namespace

template <typename T>
void CpuBackend<T>::reserve_products(const LayerShape& layer) {
  const ProductShape forward{layer.batch, 1, layer.out, forward_depth<T>(layer.matrices, layer.in)};
  const ProductShape backward{layer.batch, layer.matrices, layer.in, layer.out};
  for (auto& scratch : scratch_) {
    scratch.grow(std::max(TilesMemory<T>(forward).size, kFewRows * layer.matrices * padded<T>(layer.in)));
    if (layer.backward) scratch.grow(TilesMemory<T>(backward).size);
  }
}

template <typename T>
void CpuBackend<T>::linear_forward(const LinearForward<T>& op) {
  const Index n = op.x.rows, in = op.x.cols, part = padded<T>(in);
  const Matrices<const T>& w = op.w.m;
  if (n <= kFewRows) return forward_few_rows(op);
  const Index depth = forward_depth<T>(w.count, in);
  for_each_part<T>(pool_, n, w.rows, n * w.rows * depth, [&](Range rows, Range columns, int thread) {
    const ProductShape shape{rows.size(), 1, columns.size(), depth};
    T* scratch = scratch_[static_cast<std::size_t>(thread)].data();
    const auto pack_b = [&](Index begin, Index count, T* panels) {
      for (Index j = 0; j < count; j += kTileColumns<T>) {
        const Index width = std::min(kTileColumns<T>, count - j);
        T* panel = panels + j * depth;
        for (int s = 0; s < w.count; s++, panel += part * padded<T>(width)) {
          pack_transposed(w.row(s, columns.begin + begin + j), in, width, in, panel);
          if (s + 1 < w.count) std::fill(panel + in * padded<T>(width), panel + part * padded<T>(width), T(0));
        }
      }
    };
    const auto pack_a = [&](Index i, Index count, T* panel) {
      for (int s = 0; s < w.count; s++, panel += panel_height(count) * part)
        with_activation<T>(op.activation, s, [&](auto act) {
          pack_by_lanes(op.x.row(rows.begin + i), in, count, in, panel,
                        [act](Vector<T> x, Index, Index) { return act(x); });
        });
    };
    multiply_by_tiles<T>(shape, scratch, pack_a, pack_b, [&](Index i, Index j, Vector<T> z, auto lanes) {
      i += rows.begin;
      j += columns.begin;
      if (op.w.scale != nullptr) z *= load(op.w.scale + j, lanes);
      z += load(op.b + j, lanes);
      if (op.residual) z += load(op.x.row(i) + j, lanes);
      store<T>(op.z.row(i) + j, z, lanes);
    });
  });
}

template <typename T>
void CpuBackend<T>::linear_backward_input(const LinearBackwardInput<T>& op) {
  const Matrices<const T>& w = op.w.m;
  const Index n = op.dz.rows, depth = w.rows;
  for_each_part<T>(pool_, n, w.cols, n * w.cols * depth, [&](Range rows, Range columns, int thread) {
    T* scratch = scratch_[static_cast<std::size_t>(thread)].data();
    const ProductShape shape{rows.size(), w.count, columns.size(), depth};
    const Index panel = kTileColumns<T> * depth;
    const auto pack_b = [&](Index begin, Index count, T* panels) {
      for (int s = 0; s < w.count; s++)
        pack_columns(w.data[s] + columns.begin + begin, w.cols, count, depth, panels + s * panel, w.count * panel,
                     [](Vector<T> v) { return v; });
    };
    const auto pack_a = [&](Index i, Index count, T* out) {
      pack_by_lanes(op.dz.row(rows.begin + i), depth, count, depth, out, [&](Vector<T> dz, Index k, Index lanes) {
        return op.w.scale == nullptr ? dz : dz * load(op.w.scale + k, lanes);
      });
    };
    const auto x = [&](Index i, Index j, auto lanes) {
      return load(op.x.row(rows.begin + i) + columns.begin + j, lanes);
    };
    const auto put = [&](Index i, Index j, Vector<T> value, auto lanes) {
      const Vector<T> at = x(i, j, lanes), none{};
      Vector<T> dx = at > 0 ? value : none;
      if (w.count == 2) dx = at < 0 ? value : dx;
      i += rows.begin;
      j += columns.begin;
      if (op.residual) dx += load(op.dz.row(i) + j, lanes);
      store<T>(op.dx.row(i) + j, dx, lanes);
    };
    if (w.count == 1) return multiply_by_tiles<T>(shape, scratch, pack_a, pack_b, put);
    const auto negative = [&](Index i, Index j, Index lanes) {
      const Index at = (rows.begin + i) * w.cols + columns.begin + j;
      __builtin_prefetch(op.dx.data + at, 1);  // for put
      if (op.residual) __builtin_prefetch(op.dz.data + at);
      return negative_lanes<T>(x(i, j, lanes));
    };
    multiply_by_sign<T>(shape, scratch, pack_a, pack_b, negative, put);
  });
}

#define PSILON_INSTANTIATE(T)                                           \
  template void CpuBackend<T>::reserve_products(const LayerShape&);     \
  template void CpuBackend<T>::linear_forward(const LinearForward<T>&); \
  template void CpuBackend<T>::linear_backward_input(const LinearBackwardInput<T>&);
PSILON_INSTANTIATE(float)
PSILON_INSTANTIATE(double)

}  // namespace psilon::cpu::PSILON_LEVEL
