/// Matrix products with their prologues (activations, row scales) in the packing and their epilogues in the storing.
///
/// C [m, n] = A [m, depth] B [depth, n] is cut into tiles of kTileRows x kTileColumns that live in registers. B is
/// packed once, by all threads, into panels of kTileColumns columns, depth after depth; each thread packs its rows of A
/// into panels of kTileRows rows, as many at a time as stay in the second-level cache. An element of C is one sum in
/// the order of depth, whoever computes it.

#include <algorithm>

#include "backend/cpu/cpu_backend.h"
#include "backend/cpu/simd.h"

namespace psilon::cpu::PSILON_LEVEL {

namespace {

constexpr Index kBlockBytes = 256 * 1024;

Index panels(Index count, Index width) { return (count + width - 1) / width; }

template <typename T>
Index panels_per_block(Index depth) {
  return std::max<Index>(1, kBlockBytes / (kTileRows * depth * static_cast<Index>(sizeof(T)) + 1));
}

/// tile [kTileRows, kTileColumns] = sum over depth of a [depth, kTileRows]^T b [depth, kTileColumns]
template <typename T>
void multiply_tile(Index depth, const T* __restrict a, const T* __restrict b, T* __restrict tile) {
  Vector<T> sum[kTileRows][kTileVectors] = {};
  for (Index k = 0; k < depth; k++, a += kTileRows, b += kTileColumns<T>) {
    const auto* columns = reinterpret_cast<const Vector<T>*>(b);
#pragma GCC unroll 16
    for (Index i = 0; i < kTileRows; i++) {
#pragma GCC unroll 2
      for (Index v = 0; v < kTileVectors; v++) sum[i][v] += a[i] * columns[v];
    }
  }
  auto* rows = reinterpret_cast<Vector<T>*>(tile);
#pragma GCC unroll 16
  for (Index i = 0; i < kTileRows; i++) {
#pragma GCC unroll 2
    for (Index v = 0; v < kTileVectors; v++) rows[i * kTileVectors + v] = sum[i][v];
  }
}

/// panel[k][j] = value(source[j][k], k) for the first `count` of `width` rows of the source, 0 for the rest.
template <typename T, typename Value>
void pack_rows(const T* source, Index stride, Index count, Index width, Index depth, T* panel, const Value& value) {
  for (Index k = 0; k < depth; k++) {
    T* out = panel + k * width;
    for (Index j = 0; j < count; j++) out[j] = value(source[j * stride + k], k);
    for (Index j = count; j < width; j++) out[j] = 0;
  }
}

/// panel[k][j] = value(source[k][j]) for the first `count` of `width` columns of the source, 0 for the rest.
template <typename T, typename Value>
void pack_columns(const T* source, Index stride, Index count, Index width, Index depth, T* panel, const Value& value) {
  for (Index k = 0; k < depth; k++) {
    const T* in = source + k * stride;
    T* out = panel + k * width;
    for (Index j = 0; j < count; j++) out[j] = value(in[j]);
    for (Index j = count; j < width; j++) out[j] = 0;
  }
}

/// Calls use(f) with the function that act_s is.
template <typename T, typename Use>
void with_activation(Activation activation, int s, const Use& use) {
  if (activation == Activation::Identity)
    use([](T x) { return x; });
  else if (s == 0)
    use([](T x) { return x < 0 ? T(0) : x; });  // NaN stays NaN
  else
    use([](T x) { return x > 0 ? T(0) : x; });
}

}  // namespace

template <typename T>
void CpuBackend<T>::reserve(Index m, Index n, Index depth) {
  const Index b = panels(n, kTileColumns<T>) * kTileColumns<T> * depth;
  if (b > packed_b_size_) {
    this->release(packed_b_);
    packed_b_ = nullptr;
    packed_b_size_ = b;
    packed_b_ = static_cast<T*>(this->allocate(static_cast<std::size_t>(b) * sizeof(T)));
  }
  const Index block = std::min(panels_per_block<T>(depth), panels(m, kTileRows)) * kTileRows * depth;
  const Index scratch = std::max({block, 4 * n, 4 * depth});
  if (scratch <= scratch_size_) return;
  scratch_size_ = scratch;
  for (T*& memory : scratch_) {
    this->release(memory);
    memory = nullptr;
    memory = static_cast<T*>(this->allocate(static_cast<std::size_t>(scratch) * sizeof(T)));
  }
}

template <typename T>
template <typename PackA, typename PackB, typename Store>
void CpuBackend<T>::product(Index m, Index n, Index depth, const PackA& pack_a, const PackB& pack_b,
                            const Store& store) {
  constexpr Index columns = kTileColumns<T>;
  const Index b_panels = panels(n, columns);
  const Index a_panels = panels(m, kTileRows);
  pool_.run(b_panels, rows_per_thread(columns * depth), [&](Index begin, Index end, int) {
    for (Index p = begin; p < end; p++) pack_b(p * columns, packed_b_ + p * columns * depth);
  });
  // never more than was reserved: a smaller depth than that of `reserve` would let more panels into a block
  const Index block = std::min(panels_per_block<T>(depth), scratch_size_ / (kTileRows * depth));
  pool_.run(a_panels, 1 + 65536 / (kTileRows * n * depth + 1), [&](Index begin, Index end, int thread) {
    T* packed_a = scratch_[static_cast<std::size_t>(thread)];
    alignas(64) T tile[kTileRows * columns];
    for (Index first = begin; first < end; first += block) {
      const Index last = std::min(end, first + block);
      for (Index p = first; p < last; p++) pack_a(p * kTileRows, packed_a + (p - first) * kTileRows * depth);
      for (Index q = 0; q < b_panels; q++) {
        const Index width = std::min(columns, n - q * columns);
        for (Index p = first; p < last; p++) {
          multiply_tile(depth, packed_a + (p - first) * kTileRows * depth, packed_b_ + q * columns * depth, tile);
          const Index height = std::min(kTileRows, m - p * kTileRows);
          for (Index i = 0; i < height; i++) store(p * kTileRows + i, q * columns, width, tile + i * columns);
        }
      }
    }
  });
}

template <typename T>
void CpuBackend<T>::linear_forward(const LinearForward<T>& op) {
  const Index n = op.x.rows, in = op.x.cols;
  const Index out = op.w.m.rows;
  const int count = op.w.m.count;
  const auto pack_x = [&](Index i, T* panel) {
    for (int s = 0; s < count; s++)
      with_activation<T>(op.activation, s, [&](auto act) {
        pack_rows(op.x.row(i), in, std::min(kTileRows, n - i), kTileRows, in, panel + s * kTileRows * in,
                  [act](T x, Index) { return act(x); });
      });
  };
  const auto pack_w = [&](Index j, T* panel) {
    for (int s = 0; s < count; s++)
      pack_rows(op.w.m.row(s, j), in, std::min(kTileColumns<T>, out - j), kTileColumns<T>, in,
                panel + s * kTileColumns<T> * in, [](T w, Index) { return w; });
  };
  product(n, out, count * in, pack_x, pack_w, [&](Index i, Index j, Index width, const T* values) {
    T* z = op.z.row(i) + j;
    const T* b = op.b + j;
    for (Index c = 0; c < width; c++) z[c] = values[c];
    if (op.w.scale != nullptr)
      for (Index c = 0; c < width; c++) z[c] *= op.w.scale[j + c];
    for (Index c = 0; c < width; c++) z[c] += b[c];
    if (op.residual)
      for (Index c = 0; c < width; c++) z[c] += op.x.row(i)[j + c];
  });
}

template <typename T>
void CpuBackend<T>::linear_backward_input(const LinearBackwardInput<T>& op) {
  const Index n = op.dz.rows, out = op.dz.cols;
  const Index in = op.w.m.cols;
  const T* scale = op.w.scale;
  for (int s = 0; s < op.w.m.count; s++) {
    const auto pack_dz = [&](Index i, T* panel) {
      const Index rows = std::min(kTileRows, n - i);
      if (scale == nullptr)
        pack_rows(op.dz.row(i), out, rows, kTileRows, out, panel, [](T d, Index) { return d; });
      else
        pack_rows(op.dz.row(i), out, rows, kTileRows, out, panel, [scale](T d, Index k) { return d * scale[k]; });
    };
    const auto pack_w = [&](Index j, T* panel) {
      pack_columns(op.w.m.data[s] + j, in, std::min(kTileColumns<T>, in - j), kTileColumns<T>, out, panel,
                   [](T w) { return w; });
    };
    product(n, in, out, pack_dz, pack_w, [&](Index i, Index j, Index width, const T* values) {
      T* dx = op.dx.row(i) + j;
      const T* x = op.x.row(i) + j;
      if (s == 0) {
        for (Index c = 0; c < width; c++) dx[c] = x[c] > 0 ? values[c] : T(0);
        if (op.residual)
          for (Index c = 0; c < width; c++) dx[c] += op.dz.row(i)[j + c];
      } else {
        for (Index c = 0; c < width; c++) dx[c] += x[c] < 0 ? values[c] : T(0);
      }
    });
  }
}

template <typename T>
void CpuBackend<T>::linear_backward_weights(const LinearBackwardWeights<T>& op) {
  const Index n = op.dz.rows, out = op.dz.cols;
  const Index in = op.x.cols;
  for (int s = 0; s < op.dw.count; s++) {
    const auto pack_dz = [&](Index i, T* panel) {
      pack_columns(op.dz.data + i, out, std::min(kTileRows, out - i), kTileRows, n, panel, [](T d) { return d; });
    };
    const auto pack_x = [&](Index j, T* panel) {
      with_activation<T>(op.activation, s, [&](auto act) {
        pack_columns(op.x.data + j, in, std::min(kTileColumns<T>, in - j), kTileColumns<T>, n, panel, act);
      });
    };
    product(out, in, n, pack_dz, pack_x, [&](Index i, Index j, Index width, const T* values) {
      T* dw = op.dw.row(s, i) + j;
      for (Index c = 0; c < width; c++) dw[c] = values[c];
    });
  }
  pool_.run(out, rows_per_thread(n), [&](Index begin, Index end, int) {
    std::fill(op.db + begin, op.db + end, T(0));
    for (Index i = 0; i < n; i++) {
      const T* dz = op.dz.row(i);
      for (Index j = begin; j < end; j++) op.db[j] += dz[j];
    }
  });
}

#define PSILON_INSTANTIATE(T)                                                        \
  template void CpuBackend<T>::reserve(Index, Index, Index);                         \
  template void CpuBackend<T>::linear_forward(const LinearForward<T>&);              \
  template void CpuBackend<T>::linear_backward_input(const LinearBackwardInput<T>&); \
  template void CpuBackend<T>::linear_backward_weights(const LinearBackwardWeights<T>&);
PSILON_INSTANTIATE(float)
PSILON_INSTANTIATE(double)

}  // namespace psilon::cpu::PSILON_LEVEL
