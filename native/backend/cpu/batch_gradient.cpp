/// The gradient of a batch whose layers are small: all of them in one pass of one thread, in memory that stays in its
/// caches. The products z^T = W x^T and dx^T = W^T dz^T read W where it stands, or packed without being transposed;
/// dW = dz^T x needs x by rows once more.

#include "backend/batch_gradient.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "backend/cpu/activations.h"
#include "backend/cpu/cpu_backend.h"
#include "backend/cpu/finish_rows.h"
#include "backend/cpu/flush_to_zero.h"
#include "backend/cpu/row_loss.h"
#include "backend/cpu/unit_panels.h"

namespace psilon::cpu::PSILON_LEVEL {

namespace {

/// Where the parts of the memory begin, in elements: act(x) of all layers; then what each layer uses anew: packed W,
/// act(x) by rows, dz of two layers, scale * dz, some rows of dW and of the projection; f and df of a row.
struct BatchMemory {
  Index inputs = 0, weights, rows, dz[2], scaled, gradient_rows, projected, outputs, size = 0;

  /// shape_of(k): the LayerShape of layer k < count.
  template <typename T, typename ShapeOf>
  static BatchMemory of(int count, const ShapeOf& shape_of) {
    const Index batch = shape_of(0).batch, padded_batch = round_up(batch, kTileColumns<T>);
    Index inputs = 0, weights = 0, rows = 0, units = 0, row = 0;
    for (int k = 0; k < count; k++) {
      const LayerShape layer = shape_of(k);
      const Index width = layer.matrices * round_up(layer.in, kTileColumns<T>);
      inputs += layer.matrices * layer.in * padded_batch;
      weights = std::max(
          {weights, layer.matrices * round_up(layer.out, kTileRows) * padded<T>(layer.in), kTileRows * layer.out});
      rows = std::max(rows, width * batch);
      units = std::max(units, layer.out);
      row = std::max(row, width);
    }
    BatchMemory memory{};
    const auto place = [&](Index size) { return std::exchange(memory.size, memory.size + spread<T>(size)); };
    memory.inputs = place(inputs);
    memory.weights = place(weights);
    memory.rows = place(rows);
    for (Index& at : memory.dz) at = place((units + kTileRows) * padded_batch);
    memory.scaled = place(units * padded_batch);
    memory.gradient_rows = place(kTileRows * row);
    memory.projected = place(kTileRows * row);
    memory.outputs = place(2 * shape_of(count - 1).out);
    return memory;
  }
};

/// All layers of one batch.
template <typename T>
class BatchPass {
 public:
  explicit BatchPass(const BatchGradient<T>& op)
      : op_(op),
        memory_(BatchMemory::of<T>(op.count, [&](int k) { return shape(k); })),
        n_(op.x.rows),
        panels_(panels(n_, kTileColumns<T>)) {}

  void run() {
    pack_units<T>(op_.x, inputs(0));
    const int last = op_.count - 1;
    for (int k = 0; k < last; k++)
      op_.layers[k + 1].backward.activation == Activation::CRelu ? forward<Activation::CRelu>(k)
                                                                 : forward<Activation::Relu>(k);
    forward<Activation::Identity>(last);
    differentiate_loss();
    for (int k = last; k >= 0; k--) {
      if (k > 0) backward_input(k);
      backward_weights(k);
    }
  }

 private:
  T* at(Index offset) const { return op_.memory + offset; }
  const Matrices<const T>& matrix(int k) const { return op_.layers[k].w.m; }
  LayerShape shape(int k) const {
    const Matrices<const T>& w = matrix(k);
    return {op_.x.rows, w.cols, w.rows, w.count, true};
  }
  UnitPanels<T> inputs(int k) const {
    Index before = 0;
    for (int j = 0; j < k; j++) before += matrix(j).count * matrix(j).cols;
    return {at(memory_.inputs) + before * panels_ * kTileColumns<T>, matrix(k).count * matrix(k).cols};
  }
  /// dz of layer k; of the last layer, first its outputs.
  UnitPanels<T> dz(int k) const { return {at(memory_.dz[k % 2]), matrix(k).rows}; }

  template <Activation kNext>
  void forward(int k) {
    const BatchLayer<T>& layer = op_.layers[k];
    const Matrices<const T>& w = matrix(k);
    const Index length = padded<T>(w.cols), size = round_up(w.rows, kTileRows) * length;
    for (int s = 0; s < w.count; s++)
      for (Index i = 0; i < w.rows; i += kTileRows)
        pack_by_lanes(w.row(s, i), w.cols, std::min(kTileRows, w.rows - i), w.cols,
                      at(memory_.weights) + s * size + i * length, [](Vector<T> v, Index, Index) { return v; });
    const UnitPanels<T> x = inputs(k);
    const UnitPanels<T> next = kNext == Activation::Identity ? dz(k) : inputs(k + 1);
    for (Index p = 0; p < panels_; p++) {
      const T* in = x.panel(p);
      T* out = next.panel(p);
      for (Index i = 0; i < w.rows; i += kTileRows) {
        const Index count = std::min(kTileRows, w.rows - i), height = panel_height(count);
        const LeftFactor<T> a{at(memory_.weights) + i * length, 1, kLanes<T>, height * kLanes<T>, size};
        multiply_units<T, kLanes<T>>(height, panel_width<T>(n_, p), w.count, w.cols, a, in, w.cols * kTileColumns<T>,
                                     [&](Index r, Index v, Vector<T> z) {
                                       if (r >= count) return;
                                       const Index unit = i + r, place = unit * kTileColumns<T> + v * kLanes<T>;
                                       if (layer.w.scale != nullptr) z *= layer.w.scale[unit];
                                       z += layer.b[unit];
                                       if (layer.residual)
                                         z += load(in + place) + load(in + w.cols * kTileColumns<T> + place);
                                       store_unit<kNext>(z, out + place, w.rows * kTileColumns<T>);
                                     });
      }
    }
  }

  template <Activation kNext>
  static void store_unit(Vector<T> z, T* out, Index second) {
    if constexpr (kNext == Activation::CRelu) {
      store<T>(out, positive_half(z));
      store<T>(out + second, negative_half(z));
    } else {
      store<T>(out, kNext == Activation::Relu ? positive_half(z) : z);
    }
  }

  /// f and df of the last layer.
  void differentiate_loss() {
    const int last = op_.count - 1;
    const Index outputs = matrix(last).rows;
    const UnitPanels<T> units = dz(last);
    T *const f = at(memory_.outputs), *const df = f + outputs;
    const auto element = [&](Index i, Index j) -> T& {
      return units.panel(i / kTileColumns<T>)[j * kTileColumns<T> + i % kTileColumns<T>];
    };
    double total = 0;
    for (Index i = 0; i < n_; i++) {
      for (Index j = 0; j < outputs; j++) f[j] = element(i, j);
      differentiate_row(op_.loss, i, n_, outputs, f, df);
      total += op_.loss.row_loss[i];
      for (Index j = 0; j < outputs; j++) element(i, j) = df[j];
    }
    for (Index i = n_; i < panels_ * kTileColumns<T>; i++)
      for (Index j = 0; j < outputs; j++) element(i, j) = 0;
    *op_.value = total;
  }

  /// dz by units times the rows' scales.
  UnitPanels<T> scaled(int k) const {
    const UnitPanels<T> from = dz(k), to{at(memory_.scaled), from.units};
    const T* scale = op_.layers[k].w.scale;
    if (scale == nullptr) return from;
    for (Index p = 0; p < panels_; p++)
      for (Index j = 0; j < from.units; j++)
        for (Index v = 0; v < kTileColumns<T>; v += kLanes<T>) {
          const Index place = j * kTileColumns<T> + v;
          store<T>(to.panel(p) + place, load(from.panel(p) + place) * scale[j]);
        }
    return to;
  }

  /// dz of the layer before.
  void backward_input(int k) const {
    const Matrices<const T>& w = matrix(k);
    const UnitPanels<T> from = scaled(k);
    for (int s = 0; s < w.count; s++)
      for (Index i = 0; i < w.cols; i += kTileRows) {
        const Index count = std::min(kTileRows, w.cols - i), height = panel_height(count);
        LeftFactor<T> a{w.data[s] + i, w.cols, w.rows, 0, 0};
        if (height > count) {  // the rows of W end before the tile does
          a = {at(memory_.weights), height, w.rows, 0, 0};
          for (Index j = 0; j < w.rows; j++)
            for (Index r = 0; r < height; r++)
              at(memory_.weights)[j * height + r] = r < count ? w.row(s, j)[i + r] : T(0);
        }
        for (Index p = 0; p < panels_; p++)
          multiply_units<T, 1>(height, panel_width<T>(n_, p), 1, w.rows, a, from.panel(p), 0,
                               put_input(k, s, i, count, p));
      }
  }

  /// Takes rows i .. i + count - 1 of W_s^T dz for panel p.
  auto put_input(int k, int s, Index i, Index count, Index p) const {
    const Index units = matrix(k).cols;
    const T* const x = inputs(k).panel(p) + s * units * kTileColumns<T>;
    const T* const residual = op_.layers[k].residual && s + 1 == matrix(k).count ? dz(k).panel(p) : nullptr;
    return [=, dx = dz(k - 1).panel(p)](Index r, Index v, Vector<T> d) __attribute__((always_inline)) {
      if (r >= count) return;
      const Index place = (i + r) * kTileColumns<T> + v * kLanes<T>;
      const Vector<T> at = load(x + place), none{};
      d = s == 0 ? (at > 0 ? d : none) : (at < 0 ? d : load(dx + place));
      if (residual != nullptr) d += load(residual + place);
      store<T>(dx + place, d);
    };
  }

  /// From dz to the gradients of the weights, lengths and biases.
  void backward_weights(int k) const {
    const WeightsBackward<T>& backward = op_.layers[k].backward;
    const LayerGradient<T>& gradient = backward.gradient;
    const Index out = matrix(k).rows;
    pack_inputs(k);
    bool finite = true;
    for (Index i = 0; i < out; i += kTileRows) {
      const Index count = std::min(kTileRows, out - i);
      multiply_gradient_rows(k, i, panel_height(count));
      sum_units(dz(k), i, count, gradient.db + i);
      finite &= finish_rows<false>(backward, i, count, at(memory_.gradient_rows), at(memory_.projected), row_stride(k));
    }
    if (!finite) *gradient.adam.diverged = true;
    sum_shared_length(backward);
  }

  Index row_stride(int k) const { return round_up(matrix(k).cols, kTileColumns<T>); }
  T* rows(int k, int s) const { return at(memory_.rows) + s * row_stride(k) * n_; }

  /// act(x) by rows.
  void pack_inputs(int k) const {
    const Index cols = matrix(k).cols;
    if (k == 0) return pack_whole_columns(op_.x.data, cols, cols, n_, rows(0, 0));
    const UnitPanels<T> x = inputs(k);
    for (int s = 0; s < matrix(k).count; s++) pack_rows<T>({x.data, x.units}, s * cols, cols, n_, rows(k, s));
  }

  /// Rows of dW from i on.
  void multiply_gradient_rows(int k, Index i, Index height) const {
    const Index cols = matrix(k).cols, stride = row_stride(k), all = matrix(k).count * stride;
    const UnitPanels<T> from = dz(k);
    const LeftFactor<T> a{from.data + i * kTileColumns<T>, 1, kTileColumns<T>, from.units * kTileColumns<T>, 0};
    for (int s = 0; s < matrix(k).count; s++)
      for (Index q = 0; q * kTileColumns<T> < cols; q++) {
        T* const to = at(memory_.gradient_rows) + s * stride + q * kTileColumns<T>;
        multiply_units<T, kTileColumns<T>>(
            height, panel_width<T>(cols, q), 1, n_, a, rows(k, s) + q * n_ * kTileColumns<T>, 0,
            [=](Index r, Index v, Vector<T> d) { store<T>(to + r * all + v * kLanes<T>, d); });
      }
  }

  /// Sums over the batch of `count` units from `first` on.
  void sum_units(UnitPanels<T> x, Index first, Index count, T* out) const {
    Vector<T> totals[round_up(kTileRows, kLanes<T>)] = {};
    for (Index p = 0; p < panels_; p++) {
      const T* units = x.panel(p) + first * kTileColumns<T>;
      const Index width = panel_width<T>(n_, p);
      for (Index r = 0; r < count; r++, units += kTileColumns<T>)
        for (Index v = 0; v < width; v += kLanes<T>) totals[r] += load(units + v);
    }
    sum_rows_of<T>(totals, count, out);
  }

  const BatchGradient<T>& op_;
  const BatchMemory memory_;
  const Index n_, panels_;
};

/// Multiply-adds of a step up to which this is at least as fast as one layer after the other on two threads. Measured;
/// of NEON not. Without fused multiply-adds, skipping zeros gains more.
#if defined(__AVX2__) || defined(__aarch64__)
constexpr Index kSmallStep = Index{1} << 25;
#else
constexpr Index kSmallStep = Index{1} << 23;
#endif

}  // namespace

template <typename T>
Index CpuBackend<T>::batch_gradient_size(const std::vector<LayerShape>& layers) const {
  Index work = 0;
  for (const LayerShape& layer : layers) work += 3 * layer.batch * layer.matrices * layer.in * layer.out;
  if (work > kSmallStep) return 0;
  return BatchMemory::of<T>(static_cast<int>(layers.size()), [&](int k) { return layers[static_cast<std::size_t>(k)]; })
      .size;
}

template <typename T>
void CpuBackend<T>::batch_gradient(const BatchGradient<T>& op) {
  if (op.memory == nullptr) return Backend<T>::batch_gradient(op);
  const FlushToZero flush;
  BatchPass<T>(op).run();
}

#define PSILON_INSTANTIATE(T)                                                              \
  template Index CpuBackend<T>::batch_gradient_size(const std::vector<LayerShape>&) const; \
  template void CpuBackend<T>::batch_gradient(const BatchGradient<T>&);
PSILON_INSTANTIATE(float)
PSILON_INSTANTIATE(double)

}  // namespace psilon::cpu::PSILON_LEVEL
