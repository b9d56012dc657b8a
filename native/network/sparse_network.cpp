#include "network/sparse_network.h"

#include <algorithm>
#include <numeric>

namespace psilon {

namespace {

/// Rows in the order of the groups: within so many at a time, the longest first.
std::vector<std::uint32_t> sorted_rows(const std::vector<Index>& lengths) {
  std::vector<std::uint32_t> rows(lengths.size());
  std::iota(rows.begin(), rows.end(), 0u);
  for (std::size_t first = 0; first < rows.size(); first += kSortedRows) {
    const auto begin = rows.begin() + static_cast<std::ptrdiff_t>(first);
    const auto end = rows.begin() + static_cast<std::ptrdiff_t>(std::min(first + kSortedRows, rows.size()));
    std::stable_sort(begin, end, [&](auto a, auto b) { return lengths[a] > lengths[b]; });
  }
  return rows;
}

/// Memory of a SparseRows.
template <typename T>
struct HostRows {
  std::vector<Index> starts{0};
  std::vector<std::uint32_t> rows;
  std::vector<std::uint32_t> columns;
  std::vector<T> values;

  /// W of a layer, in columns as SparseLayer has them.
  HostRows(const Matrices<const T>& v, const std::vector<T>& scale) {
    const auto width = static_cast<std::uint32_t>(v.count * v.cols);
    const auto weight = [&](int s, Index i, Index j) { return v.row(s, i)[j] * scale[static_cast<std::size_t>(i)]; };
    std::vector<Index> lengths;
    for (Index i = 0; i < v.rows; i++) {
      lengths.push_back(0);
      for (int s = 0; s < v.count; s++)
        for (Index j = 0; j < v.cols; j++) lengths.back() += weight(s, i, j) != 0;
    }
    rows = sorted_rows(lengths);
    for (std::size_t first = 0; first < rows.size(); first += kSideBySide)
      starts.push_back(starts.back() + lengths[rows[first]]);
    columns.assign(static_cast<std::size_t>(starts.back() * kSideBySide), width);
    values.assign(columns.size(), T(0));
    for (std::size_t k = 0; k < rows.size(); k++) {
      auto at = static_cast<std::size_t>(starts[k / kSideBySide] * kSideBySide) + k % kSideBySide;
      for (Index j = 0; j < v.cols; j++)
        for (int s = 0; s < v.count; s++) {
          const T w = weight(s, rows[k], j);
          if (w == 0) continue;
          columns[at] = static_cast<std::uint32_t>(v.count * j + s);
          values[at] = w;
          at += kSideBySide;
        }
    }
  }
};

}  // namespace

template <typename T>
bool predicts_sparse(const Backend<T>& backend, const Model<T>& model) {
  const ParameterLayout layout(model.config);
  Index weights = 0, nonzero = 0;
  for (int k = 0; k <= layout.depth(); k++) {
    const Layer& layer = layout.layers()[static_cast<std::size_t>(k)];
    const auto p = layout.view(model.values.data(), k);
    weights += layer.matrices * layer.in * layer.out;
    for (int s = 0; s < layer.matrices; s++)
      for (Index i = 0; i < layer.out; i++) {
        if (p.g != nullptr && p.g[layer.shared_length ? 0 : i] == 0) continue;
        const T* row = p.v.row(s, i);
        nonzero += layer.in - std::count(row, row + layer.in, T(0));
      }
  }
  return static_cast<double>(nonzero) <= backend.sparse_density() * static_cast<double>(weights);
}

template <typename T>
SparseNetwork<T>::SparseNetwork(Backend<T>& backend, const ParameterLayout& layout, const HostVector<T>& parameters,
                                const EffectiveWeights<T>& weights, Index capacity)
    : backend_(backend), outputs_(backend, capacity * layout.layers().back().out) {
  Index widest = 0;
  for (int k = 0; k <= layout.depth(); k++) {
    const Layer& layer = layout.layers()[static_cast<std::size_t>(k)];
    const auto p = layout.view(parameters.data(), k);
    std::vector<T> scale(static_cast<std::size_t>(layer.out), T(1));
    if (const T* device = weights.effective(k).scale) backend.download(scale.data(), device, scale.size() * sizeof(T));
    const HostRows<T> w(p.v, scale);
    memory_.push_back({Buffer<Index>(backend, w.starts), Buffer<std::uint32_t>(backend, w.rows),
                       Buffer<std::uint32_t>(backend, w.columns), Buffer<T>(backend, w.values),
                       Buffer<T>(backend, std::vector<T>(p.b, p.b + layer.out))});
    const Memory& memory = memory_.back();
    layers_.push_back({layer.activation,
                       layer.residual,
                       layer.in,
                       layer.out,
                       {memory.starts.data(), memory.rows.data(), memory.columns.data(), memory.values.data()},
                       memory.b.data()});
    widest = std::max({widest, layers_.back().width(), layer.out});
  }
  backend.reserve_sparse(widest);
}

template <typename T>
Matrix<T> SparseNetwork<T>::run(Matrix<const T> x) {
  const Matrix<T> f{outputs_.data(), x.rows, layers_.back().out};
  backend_.sparse_forward({layers_.data(), static_cast<int>(layers_.size()), x, f});
  return f;
}

#define PSILON_INSTANTIATE(T)                                        \
  template bool predicts_sparse(const Backend<T>&, const Model<T>&); \
  template class SparseNetwork<T>;
PSILON_INSTANTIATE(float)
PSILON_INSTANTIATE(double)

}  // namespace psilon
