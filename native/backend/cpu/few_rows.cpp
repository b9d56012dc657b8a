/// A layer for a few rows, whose weights are not worth packing: each is read once, where it stands.

#include "backend/cpu/activations.h"
#include "backend/cpu/cpu_backend.h"
#include "backend/cpu/packing.h"

namespace psilon::cpu::PSILON_LEVEL {

namespace {

/// Rows of weights, and of x, whose products are summed side by side, as many as registers hold.
constexpr Index kUnits = 4, kRowsAtOnce = 4;

/// out[r][u] += <x_r, w_u> for kRowCount rows of x [.., stride] and `units` <= kUnits rows of weights
template <typename T, Index kRowCount>
void multiply_rows(const T* x, Index x_stride, const T* w, Index w_stride, Index units, Index size, T (*out)[kUnits]) {
  const T* weights[kUnits];
  for (Index u = 0; u < kUnits; u++) weights[u] = w + std::min(u, units - 1) * w_stride;
  Vector<T> sum[kRowCount][kUnits] = {};
  for_vectors<T>(size, [&](Index k, auto lanes) {
    Vector<T> v[kUnits];
    for (Index u = 0; u < kUnits; u++) {
      v[u] = load(weights[u] + k, lanes);
      __builtin_prefetch(weights[u] + k + kUnits * w_stride);
    }
#pragma GCC unroll 4
    for (Index r = 0; r < kRowCount; r++) {
      const Vector<T> value = load(x + r * x_stride + k, lanes);
#pragma GCC unroll 4
      for (Index u = 0; u < kUnits; u++) sum[r][u] += value * v[u];
    }
  });
  for (Index r = 0; r < kRowCount; r++) {
    if constexpr (kUnits <= kLanes<T>) {
      store<T>(out[r], load(out[r], kUnits) + sum_each<T>(sum[r]), kUnits);
    } else {
      for (Index u = 0; u < kUnits; u++) out[r][u] += sum_lanes<T>(sum[r][u]);
    }
  }
}

template <typename T>
void multiply_rows(Index rows, const T* x, Index x_stride, const T* w, Index w_stride, Index units, Index size,
                   T (*out)[kUnits]) {
  const auto multiply = rows == 1   ? multiply_rows<T, 1>
                        : rows == 2 ? multiply_rows<T, 2>
                        : rows == 3 ? multiply_rows<T, 3>
                                    : multiply_rows<T, 4>;
  multiply(x, x_stride, w, w_stride, units, size, out);
}

}  // namespace

template <typename T>
void CpuBackend<T>::forward_few_rows(const LinearForward<T>& op) {
  const Index n = op.x.rows, in = op.x.cols, out = op.w.m.rows, part = padded<T>(in);
  const Matrices<const T>& w = op.w.m;
  T* activated = scratch_[0].data();  // act_s(x) of each row, one matrix after the other
  for (Index i = 0; i < n; i++)
    for (int s = 0; s < w.count; s++)
      with_activation<T>(op.activation, s, [&](auto act) {
        for_vectors<T>(in, [&](Index k, auto lanes) {
          store<T>(activated + (i * w.count + s) * part + k, act(load(op.x.row(i) + k, lanes)));
        });
      });
  pool_.run(panels(out, kUnits), rows_per_thread(kUnits * n * in), [&](Index begin, Index end, int) {
    for (Index j = begin * kUnits; j < std::min(end * kUnits, out); j += kUnits) {
      const Index units = std::min(kUnits, out - j);
      T sums[kFewRows][kUnits] = {};
      for (int s = 0; s < w.count; s++)
        for (Index i = 0; i < n; i += kRowsAtOnce)
          multiply_rows(std::min(kRowsAtOnce, n - i), activated + (i * w.count + s) * part, w.count * part, w.row(s, j),
                        in, units, in, sums + i);
      for (Index i = 0; i < n; i++)
        for (Index u = 0; u < units; u++) {
          const T scale = op.w.scale == nullptr ? T(1) : op.w.scale[j + u];
          op.z.row(i)[j + u] = sums[i][u] * scale + op.b[j + u] + (op.residual ? op.x.row(i)[j + u] : T(0));
        }
    }
  });
}

template void CpuBackend<float>::forward_few_rows(const LinearForward<float>&);
template void CpuBackend<double>::forward_few_rows(const LinearForward<double>&);

}  // namespace psilon::cpu::PSILON_LEVEL
