/// The products of a layer, with their prologues (activations, row scales) in the packing and their epilogues in the
/// storing of tiles.

#include "backend/cpu/product_by_sign.h"
#include "backend/cpu/product_by_tiles.h"

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
    if (!layer.backward) continue;
    scratch.grow(TilesMemory<T>(backward).size);
    if (worth_choosing<T>(layer.matrices, layer.out)) scratch.grow(ChosenMemory<T>(layer.batch, layer.out).size);
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
    multiply_by_tiles<T>(shape, scratch, pack_a, pack_b, [&](Index i, int, Index j, Vector<T> z, auto lanes) {
      i += rows.begin;
      j += columns.begin;
      if (op.w.scale != nullptr) z *= load(op.w.scale + j, lanes);
      z += load(op.b + j, lanes);
      if (op.residual) z += load(op.x.row(i) + j, lanes);
      store<T>(op.z.row(i) + j, z, lanes);
    });
  });
}

namespace {

/// row = dz_i scale
template <typename T>
void scale_row(const LinearBackwardInput<T>& op, Index i, T* row) {
  const T *dz = op.dz.row(i), *scale = op.w.scale;
  for_vectors<T>(op.dz.cols, [&](Index k, auto lanes) {
    store<T>(row + k, scale == nullptr ? load(dz + k, lanes) : load(dz + k, lanes) * load(scale + k, lanes));
  });
}

/// For a thread's rows and columns of dx, behind CReLU.
template <typename T>
void backward_input_by_sign(const LinearBackwardInput<T>& op, Range rows, Range columns, T* scratch) {
  const Matrices<const T>& w = op.w.m;
  const auto pack_a = [&](Index i, T* row) { scale_row(op, rows.begin + i, row); };
  const auto pack_b = [&](int s, Index j, Index count, Index k, Index depth, T* packed, Index stride) {
    transpose_into(w.row(s, k) + columns.begin + j, w.cols, depth, count, packed, stride);
  };
  const auto sign = [&](Index i, Index j) { return op.x.row(rows.begin + i)[columns.begin + j] < 0; };
  multiply_chosen_columns<T>(rows.size(), columns.size(), w.rows, scratch, pack_a, pack_b, sign,
                             [&](Index i, Index j, Index count, const T* sums) {
                               i += rows.begin;
                               j += columns.begin;
                               for_vectors<T>(count, [&](Index c, auto lanes) {
                                 const Vector<T> x = load(op.x.row(i) + j + c, lanes), none{};
                                 Vector<T> dx = x > 0 || x < 0 ? load(sums + c, lanes) : none;
                                 if (op.residual) dx += load(op.dz.row(i) + j + c, lanes);
                                 store<T>(op.dx.row(i) + j + c, dx, lanes);
                               });
                             });
}

}  // namespace

template <typename T>
void CpuBackend<T>::linear_backward_input(const LinearBackwardInput<T>& op) {
  const Matrices<const T>& w = op.w.m;
  const Index n = op.dz.rows, depth = w.rows;
  for_each_part<T>(pool_, n, w.cols, n * w.cols * depth, [&](Range rows, Range columns, int thread) {
    T* scratch = scratch_[static_cast<std::size_t>(thread)].data();
    if (worth_choosing<T>(w.count, depth)) return backward_input_by_sign(op, rows, columns, scratch);
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
    multiply_by_tiles<T>(shape, scratch, pack_a, pack_b, [&](Index i, int s, Index j, Vector<T> value, auto lanes) {
      i += rows.begin;
      j += columns.begin;
      const Vector<T> x = load(op.x.row(i) + j, lanes), none{};
      T* dx = op.dx.row(i) + j;
      Vector<T> total = s == 0 ? (x > 0 ? value : none) : (x < 0 ? value : none) + load(dx, lanes);
      if (s == 0 && op.residual) total += load(op.dz.row(i) + j, lanes);
      store<T>(dx, total, lanes);
    });
  });
}

#define PSILON_INSTANTIATE(T)                                           \
  template void CpuBackend<T>::reserve_products(const LayerShape&);     \
  template void CpuBackend<T>::linear_forward(const LinearForward<T>&); \
  template void CpuBackend<T>::linear_backward_input(const LinearBackwardInput<T>&);
PSILON_INSTANTIATE(float)
PSILON_INSTANTIATE(double)

}  // namespace psilon::cpu::PSILON_LEVEL
