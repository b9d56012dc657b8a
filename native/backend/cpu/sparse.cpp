/// Networks whose weights are mostly zeros, all layers of a block of rows of x at a time, so that activations stay in
/// cache. What is stored is act(z), as the next layer reads it, and a 0 behind it, which the entries read that fill up
/// groups of rows of W.
///
/// Many rows of x: activations are transposed, a vector holding one unit of kLanes rows, and up to kVectors of them
/// stand beside each other. A weight is loaded once and multiplied with all of them; sums stay in registers. One row of
/// x: the lanes of a vector are rows of W that stand side by side; two rows of x take longer than a block. Either way a
/// sum has the order of the columns.

#include "backend/sparse.h"

#include <algorithm>
#include <cstring>
#include <type_traits>

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
constexpr Index kEntriesPerThreadOfRow = 8192;  // of one layer, whose end all wait for

/// Writes act(z) of a unit, of kCount V beside each other.
template <Activation kNext, Index kCount, typename V>
[[gnu::always_inline]] inline void store_unit(Index unit, Index v, V z, V* next) {
  if constexpr (kNext == Activation::CRelu) {
    next[2 * unit * kCount + v] = positive_half(z);
    next[(2 * unit + 1) * kCount + v] = negative_half(z);
  } else {
    next[unit * kCount + v] = kNext == Activation::Relu ? positive_half(z) : z;
  }
}

/// What x adds to z of a unit by itself, from act(x).
template <Index kCount, typename V>
[[gnu::always_inline]] inline V residual(Index unit, Index v, const V* x) {
  return x[2 * unit * kCount + v] + x[(2 * unit + 1) * kCount + v];
}

/// kRows units of a group from `lane` on, for a block: as many sums at once as hide the latency of an addition.
template <Index kRows, Activation kNext, Index kCount, typename T>
[[gnu::always_inline]] inline void multiply_lanes(const SparseLayer<T>& layer, Index group, Index lane,
                                                  const Vector<T>* __restrict x, Vector<T>* __restrict next) {
  const auto& w = layer.w;
  const std::uint32_t* units = w.rows + group * kSideBySide + lane;
  Vector<T> z[kRows][kCount];
#pragma GCC unroll 4
  for (Index r = 0; r < kRows; r++)
#pragma GCC unroll 4
    for (Index v = 0; v < kCount; v++) z[r][v] = Vector<T>{} + layer.b[units[r]];
  for (Index e = w.starts[group] * kSideBySide + lane; e < w.starts[group + 1] * kSideBySide; e += kSideBySide)
#pragma GCC unroll 4
    for (Index r = 0; r < kRows; r++) {
      const Vector<T>* column = x + static_cast<Index>(w.columns[e + r]) * kCount;
#pragma GCC unroll 4
      for (Index v = 0; v < kCount; v++) z[r][v] += w.values[e + r] * column[v];
    }
#pragma GCC unroll 4
  for (Index r = 0; r < kRows; r++)
#pragma GCC unroll 4
    for (Index v = 0; v < kCount; v++) {
      if (layer.residual) z[r][v] += residual<kCount>(units[r], v, x);
      store_unit<kNext, kCount>(units[r], v, z[r][v], next);
    }
}

/// A layer for a block. x [width + 1, kCount]: act(x).
template <Activation kNext, Index kCount, typename T>
void multiply_layer(const SparseLayer<T>& layer, const Vector<T>* x, Vector<T>* next) {
  constexpr Index kRows = kCount <= 2 ? kSideBySide : 2;
  const Index whole = layer.out / kSideBySide;
  for (Index group = 0; group < whole; group++)
#pragma GCC unroll 4
    for (Index lane = 0; lane + kRows <= kSideBySide; lane += kRows)
      multiply_lanes<kRows, kNext, kCount>(layer, group, lane, x, next);
  for (Index lane = 0; lane < layer.out - whole * kSideBySide; lane++)
    multiply_lanes<1, kNext, kCount>(layer, whole, lane, x, next);
}

/// Groups begin .. end - 1 for one row of x. x [width + 1]: act(x).
template <Activation kNext, typename T>
void multiply_groups(const SparseLayer<T>& layer, Index begin, Index end, const T* __restrict x, T* __restrict next) {
  typedef T Lanes __attribute__((vector_size(kSideBySide * sizeof(T))));
  const auto& w = layer.w;
  for (Index group = begin; group < end; group++) {
    const std::uint32_t* units = w.rows + group * kSideBySide;
    const Index count = std::min(kSideBySide, layer.out - group * kSideBySide);
    Lanes z{};
    for (Index r = 0; r < count; r++) z[r] = T(0) + layer.b[units[r]];
    for (Index e = w.starts[group] * kSideBySide; e < w.starts[group + 1] * kSideBySide; e += kSideBySide) {
      const std::uint32_t* column = w.columns + e;
      Lanes values;
      std::memcpy(&values, w.values + e, sizeof values);
      z += values * Lanes{x[column[0]], x[column[1]], x[column[2]], x[column[3]]};
    }
    for (Index r = 0; r < count; r++)
      store_unit<kNext, 1>(units[r], 0, layer.residual ? z[r] + residual<1>(units[r], 0, x) : z[r], next);
  }
}

/// Calls use with the activation of the layer that reads what layer k writes, as a constant.
template <typename T, typename Use>
void with_next(const SparseForward<T>& op, int k, const Use& use) {
  constexpr auto identity = std::integral_constant<Activation, Activation::Identity>();
  constexpr auto relu = std::integral_constant<Activation, Activation::Relu>();
  constexpr auto crelu = std::integral_constant<Activation, Activation::CRelu>();
  const Activation next = k + 1 < op.count ? op.layers[k + 1].activation : Activation::Identity;
  next == Activation::CRelu ? use(crelu) : next == Activation::Relu ? use(relu) : use(identity);
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

template <typename T>
void transpose_out(const T* block, Index lanes, Matrix<T> f) {
  for (Index i = 0; i < f.rows; i++)
    for (Index j = 0; j < f.cols; j++) f.row(i)[j] = block[j * lanes + i];
}

/// Up to kCount * kLanes rows from `first` on.
template <Index kCount, typename T>
void forward_block(const SparseForward<T>& op, Index first, Index rows, T* block, T* other) {
  constexpr Index lanes = kCount * kLanes<T>;
  transpose_in<T>({op.x.row(first), rows, op.x.cols}, lanes, block);
  for (int k = 0; k < op.count; k++) {
    const SparseLayer<T>& layer = op.layers[k];
    std::fill_n(block + layer.width() * lanes, lanes, T(0));
    with_next(op, k, [&](auto next) {
      multiply_layer<next(), kCount>(layer, reinterpret_cast<const Vector<T>*>(block),
                                     reinterpret_cast<Vector<T>*>(other));
    });
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

}  // namespace

template <typename T>
double CpuBackend<T>::sparse_density() const {
  return kDensity;
}

template <typename T>
void CpuBackend<T>::reserve_sparse(Index width) {
  sparse_width_ = std::max(width + 1, sparse_width_);
  for (auto& memory : activations_) {
    memory.grow(2 * sparse_width_ * kVectors * kLanes<T>);
    memory.allocate();
  }
}

/// Threads share the units of each layer.
template <typename T>
void CpuBackend<T>::sparse_forward_row(const SparseForward<T>& op) {
  constexpr Index kGroups = kSortedRows / kSideBySide;  // no two threads write to a cache line
  T *x = activations_[0].data(), *z = x + sparse_width_;
  std::copy_n(op.x.row(0), op.x.cols, x);
  for (int k = 0; k < op.count; k++) {
    const SparseLayer<T>& layer = op.layers[k];
    x[layer.width()] = 0;
    const Index groups = layer.groups(), parts = (groups + kGroups - 1) / kGroups;
    const Index entries = layer.w.starts[groups] * kSideBySide;
    pool_.run(parts, 1 + kEntriesPerThreadOfRow * parts / (entries + 1), [&](Index begin, Index end, int) {
      with_next(op, k, [&](auto next) {
        multiply_groups<next()>(layer, begin * kGroups, std::min(end * kGroups, groups), x, z);
      });
    });
    std::swap(x, z);
  }
  std::copy_n(x, op.f.cols, op.f.row(0));
}

template <typename T>
void CpuBackend<T>::sparse_forward(const SparseForward<T>& op) {
  const Index n = op.x.rows, vectors = (n + kLanes<T> - 1) / kLanes<T>;
  if (n == 1) return sparse_forward_row(op);
  Index entries = 0;
  for (int k = 0; k < op.count; k++) entries += kSideBySide * op.layers[k].w.starts[op.layers[k].groups()];
  pool_.run(vectors, 1 + kEntriesPerThread / (entries + 1), [&](Index begin, Index end, int thread) {
    T* block = activations_[static_cast<std::size_t>(thread)].data();
    T* other = block + sparse_width_ * kVectors * kLanes<T>;
    const Index last = std::min(n, end * kLanes<T>);
    for (Index row = begin * kLanes<T>; row < last; row += kVectors * kLanes<T>)
      forward_block(op, row, std::min(last - row, kVectors * kLanes<T>), block, other);
  });
}

#define PSILON_INSTANTIATE(T)                                               \
  template double CpuBackend<T>::sparse_density() const;                    \
  template void CpuBackend<T>::reserve_sparse(Index);                       \
  template void CpuBackend<T>::sparse_forward_row(const SparseForward<T>&); \
  template void CpuBackend<T>::sparse_forward(const SparseForward<T>&);
PSILON_INSTANTIATE(float)
PSILON_INSTANTIATE(double)

}  // namespace psilon::cpu::PSILON_LEVEL
