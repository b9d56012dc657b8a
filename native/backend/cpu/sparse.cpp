/// Networks whose weights are mostly zeros, all layers of a block of rows at a time, so that activations stay in cache.
///
/// Many rows: activations are transposed, a vector holding one unit of kLanes rows, and up to kVectors of them stand
/// beside each other. A weight is loaded once and multiplied with all of them; sums stay in registers. What is stored
/// is act(z), as the next layer reads it. One row: column by column, those of active inputs alone, which after relu or
/// CReLU are half of them; two take longer than a block. Either way a sum has the order of the columns, and what is
/// skipped would add 0.

#include "backend/sparse.h"

#include <algorithm>

#include "backend/cpu/activations.h"
#include "backend/cpu/cpu_backend.h"

namespace psilon::cpu::PSILON_LEVEL {

namespace {

/// Measured with scripts/measure-sparse.mjs: products at the processor's peak would catch up at 0.35 to 0.5.
constexpr double kDensity = 0.3;
constexpr Index kVectors = 4;
/// Inputs whose lines of the transposed block fit into the first-level cache.
constexpr Index kTransposedInputs = 128;
constexpr Index kEntriesPerThread = 16384;

/// Units i .. i + kRows of z, and their activation for the layer that reads them: as many sums at once as hide the
/// latency of an addition.
template <Index kRows, Activation kNext, Index kCount, typename T>
[[gnu::always_inline]] inline void multiply_units(const SparseLayer<T>& layer, Index i, const Vector<T>* __restrict x,
                                                  Vector<T>* __restrict next) {
  const Index* starts = layer.rows.starts + i;
  const std::uint32_t* indices = layer.rows.indices;
  const T* values = layer.rows.values;
  Vector<T> z[kRows][kCount];
#pragma GCC unroll 4
  for (Index r = 0; r < kRows; r++)
#pragma GCC unroll 4
    for (Index v = 0; v < kCount; v++) z[r][v] = Vector<T>{} + layer.b[i + r];
  Index common = starts[1] - starts[0];
  for (Index r = 1; r < kRows; r++) common = std::min(common, starts[r + 1] - starts[r]);
  for (Index k = 0; k < common; k++)
#pragma GCC unroll 4
    for (Index r = 0; r < kRows; r++) {
      const T w = values[starts[r] + k];
      const Vector<T>* column = x + static_cast<Index>(indices[starts[r] + k]) * kCount;
#pragma GCC unroll 4
      for (Index v = 0; v < kCount; v++) z[r][v] += w * column[v];
    }
#pragma GCC unroll 4
  for (Index r = 0; r < kRows; r++) {
    for (Index e = starts[r] + common; kRows > 1 && e < starts[r + 1]; e++) {
      const T w = values[e];
      const Vector<T>* column = x + static_cast<Index>(indices[e]) * kCount;
#pragma GCC unroll 4
      for (Index v = 0; v < kCount; v++) z[r][v] += w * column[v];
    }
    const Index unit = i + r;
#pragma GCC unroll 4
    for (Index v = 0; v < kCount; v++) {
      if (layer.residual) z[r][v] += x[2 * unit * kCount + v] + x[(2 * unit + 1) * kCount + v];
      if constexpr (kNext == Activation::CRelu) {
        next[2 * unit * kCount + v] = positive_half<T>(z[r][v]);
        next[(2 * unit + 1) * kCount + v] = negative_half<T>(z[r][v]);
      } else {
        next[unit * kCount + v] = kNext == Activation::Relu ? positive_half<T>(z[r][v]) : z[r][v];
      }
    }
  }
}

/// One layer for a block. x [width, kCount]: act(x).
template <Activation kNext, Index kCount, typename T>
void multiply_layer(const SparseLayer<T>& layer, const Vector<T>* x, Vector<T>* next) {
  constexpr Index kRows = kVectors / kCount;
  Index i = 0;
  for (; i + kRows <= layer.out; i += kRows) multiply_units<kRows, kNext, kCount>(layer, i, x, next);
  for (; i < layer.out; i++) multiply_units<1, kNext, kCount>(layer, i, x, next);
}

/// block [cols, lanes] = x^T; lanes beyond the rows of x are 0.
template <typename T>
void transpose_in(Matrix<const T> x, Index lanes, T* block) {
  if (x.rows < lanes) std::fill(block, block + x.cols * lanes, T(0));
  for (Index first = 0; first < x.cols; first += kTransposedInputs) {
    const Index last = std::min(x.cols, first + kTransposedInputs);
    Index i = 0;
    for (; i + 4 <= x.rows; i += 4)
      for (Index j = first; j < last; j++)
        for (Index u = 0; u < 4; u++) block[j * lanes + i + u] = x.row(i + u)[j];
    for (; i < x.rows; i++)
      for (Index j = first; j < last; j++) block[j * lanes + i] = x.row(i)[j];
  }
}

/// Adding 0 takes the sign from a zero: that sign alone could tell the two ways apart.
template <typename T>
void transpose_out(const T* block, Index lanes, Matrix<T> f) {
  for (Index i = 0; i < f.rows; i++)
    for (Index j = 0; j < f.cols; j++) f.row(i)[j] = block[j * lanes + i] + T(0);
}

/// Up to kCount * kLanes rows from `first` on.
template <Index kCount, typename T>
void forward_block(const SparseForward<T>& op, Index first, Index rows, T* block, T* other) {
  constexpr Index lanes = kCount * kLanes<T>;
  transpose_in<T>({op.x.row(first), rows, op.x.cols}, lanes, block);
  for (int k = 0; k < op.count; k++) {
    const auto* x = reinterpret_cast<const Vector<T>*>(block);
    auto* next = reinterpret_cast<Vector<T>*>(other);
    const Activation activation = k + 1 < op.count ? op.layers[k + 1].activation : Activation::Identity;
    if (activation == Activation::CRelu)
      multiply_layer<Activation::CRelu, kCount>(op.layers[k], x, next);
    else if (activation == Activation::Relu)
      multiply_layer<Activation::Relu, kCount>(op.layers[k], x, next);
    else
      multiply_layer<Activation::Identity, kCount>(op.layers[k], x, next);
    std::swap(block, other);
  }
  transpose_out<T>(block, lanes, {op.f.row(first), rows, op.f.cols});
}

template <typename T>
void forward_block(const SparseForward<T>& op, Index first, Index rows, T* block, T* other) {
  const Index vectors = (rows + kLanes<T> - 1) / kLanes<T>;
  if (vectors == 1)
    forward_block<1>(op, first, rows, block, other);
  else if (vectors == 2)
    forward_block<2>(op, first, rows, block, other);
  else if (vectors == 3)
    forward_block<3>(op, first, rows, block, other);
  else
    forward_block<kVectors>(op, first, rows, block, other);
}

/// list = the columns with act(x) != 0, without branches; returns how many.
template <typename Input, typename Active>
Index list_active(Index width, const Input& input, const Active& active, std::uint32_t* list) {
  Index count = 0;
  for (Index c = 0; c < width; c++) {
    list[count] = static_cast<std::uint32_t>(c);
    count += active(input(c)) ? 1 : 0;
  }
  return count;
}

template <typename T>
Index list_active(const SparseLayer<T>& layer, const T* x, std::uint32_t* list) {
  const std::uint32_t* order = layer.order;
  const auto input = [&](Index c) { return x[order[c]]; };
  switch (layer.activation) {
    case Activation::Identity:
      return list_active(layer.in, input, [](T v) { return !(v == 0); }, list);
    case Activation::Relu:
      return list_active(layer.in, input, [](T v) { return !(v <= 0); }, list);
    case Activation::CRelu:
      break;
  }
  const auto signed_input = [&](Index c) { return order[c] % 2 == 0 ? x[order[c] / 2] : -x[order[c] / 2]; };
  return list_active(layer.width(), signed_input, [](T v) { return !(v <= 0); }, list);
}

/// z of one row from its x.
template <typename T>
void multiply_row(const SparseLayer<T>& layer, const T* __restrict x, T* __restrict z, std::uint32_t* list) {
  const std::uint32_t* indices = layer.columns.indices;
  const T* values = layer.columns.values;
  for (Index i = 0; i < layer.out; i++) z[i] = T(0) + layer.b[i];
  const Index count = list_active(layer, x, list);
  const int shift = layer.activation == Activation::CRelu ? 1 : 0;
  for (Index a = 0; a < count; a++) {
    const Index c = list[a], end = layer.columns.starts[c + 1];
    const T xc = x[layer.order[c] >> shift];
    Index e = layer.columns.starts[c];
    for (; e + 4 <= end; e += 4) {  // a column has a row but once
      T sum[4];
#pragma GCC unroll 4
      for (Index u = 0; u < 4; u++) sum[u] = z[indices[e + u]] + values[e + u] * xc;
#pragma GCC unroll 4
      for (Index u = 0; u < 4; u++) z[indices[e + u]] = sum[u];
    }
    for (; e < end; e++) z[indices[e]] += values[e] * xc;
  }
  if (layer.residual)
    for (Index i = 0; i < layer.out; i++) z[i] += x[i];
}

template <typename T>
void forward_row(const SparseForward<T>& op, Index row, T* even, T* odd, std::uint32_t* list) {
  const T* x = op.x.row(row);
  for (int k = 0; k < op.count; k++) {
    T* z = k + 1 == op.count ? op.f.row(row) : k % 2 == 0 ? even : odd;
    multiply_row(op.layers[k], x, z, list);
    x = z;
  }
  for (Index j = 0; j < op.f.cols; j++) op.f.row(row)[j] += T(0);
}

}  // namespace

template <typename T>
double CpuBackend<T>::sparse_density() const {
  return kDensity;
}

template <typename T>
void CpuBackend<T>::reserve_sparse(Index width) {
  sparse_width_ = std::max(width, sparse_width_);
  for (auto& memory : activations_) {
    memory.grow(2 * width * kVectors * kLanes<T>);
    memory.allocate();
  }
  for (auto& memory : active_) {
    memory.grow(width);
    memory.allocate();
  }
}

template <typename T>
void CpuBackend<T>::sparse_forward(const SparseForward<T>& op) {
  const Index n = op.x.rows, vectors = (n + kLanes<T> - 1) / kLanes<T>;
  Index entries = 0;
  for (int k = 0; k < op.count; k++) entries += op.layers[k].rows.starts[op.layers[k].out];
  pool_.run(vectors, 1 + kEntriesPerThread / (entries + 1), [&](Index begin, Index end, int thread) {
    T* block = activations_[static_cast<std::size_t>(thread)].data();
    T* other = block + sparse_width_ * kVectors * kLanes<T>;
    const Index last = std::min(n, end * kLanes<T>);
    for (Index row = begin * kLanes<T>; row < last;) {
      const Index rows = std::min(last - row, kVectors * kLanes<T>);
      if (rows > 1)
        forward_block(op, row, rows, block, other);
      else
        forward_row(op, row, block, other, active_[static_cast<std::size_t>(thread)].data());
      row += rows;
    }
  });
}

#define PSILON_INSTANTIATE(T)                            \
  template double CpuBackend<T>::sparse_density() const; \
  template void CpuBackend<T>::reserve_sparse(Index);    \
  template void CpuBackend<T>::sparse_forward(const SparseForward<T>&);
PSILON_INSTANTIATE(float)
PSILON_INSTANTIATE(double)

}  // namespace psilon::cpu::PSILON_LEVEL
