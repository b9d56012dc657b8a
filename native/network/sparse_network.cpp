#include "network/sparse_network.h"

#include <algorithm>
#include <numeric>

namespace psilon {

namespace {

template <typename T>
struct HostLines {
  std::vector<Index> starts;
  std::vector<std::uint32_t> indices;
  std::vector<T> values;

  /// Room for lines of these lengths.
  explicit HostLines(const std::vector<Index>& lengths) : starts(lengths.size() + 1, 0) {
    std::partial_sum(lengths.begin(), lengths.end(), starts.begin() + 1);
    indices.resize(static_cast<std::size_t>(starts.back()));
    values.resize(indices.size());
  }
};

/// A layer's W [rows, width], width as of SparseLayer: use(i, column, w) for every w that is not 0, row by row.
template <typename T, typename Use>
void for_nonzero(const Matrices<const T>& v, const std::vector<T>& scale, const Use& use) {
  for (Index i = 0; i < v.rows; i++)
    for (Index j = 0; j < v.cols; j++)
      for (int s = 0; s < v.count; s++) {
        const T w = v.row(s, i)[j] * scale[static_cast<std::size_t>(i)];
        if (w != 0) use(static_cast<std::size_t>(i), static_cast<std::size_t>(v.count * j + s), w);
      }
}

/// W by its columns, which stand as `order` says.
template <typename T>
HostLines<T> columns_of(const Matrices<const T>& v, const std::vector<T>& scale, std::vector<std::uint32_t>& order) {
  std::vector<Index> lengths(static_cast<std::size_t>(v.count * v.cols), 0);
  for_nonzero(v, scale, [&](std::size_t, std::size_t column, T) { lengths[column]++; });
  order.resize(lengths.size());
  std::iota(order.begin(), order.end(), 0u);
  std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return lengths[a] > lengths[b]; });
  std::vector<Index> sorted;
  for (const auto column : order) sorted.push_back(lengths[column]);
  HostLines<T> columns(sorted);
  std::vector<Index> next(lengths.size());
  for (std::size_t c = 0; c < order.size(); c++) next[order[c]] = columns.starts[c];
  for_nonzero(v, scale, [&](std::size_t i, std::size_t column, T w) {
    const auto at = static_cast<std::size_t>(next[column]++);
    columns.indices[at] = static_cast<std::uint32_t>(i);
    columns.values[at] = w;
  });
  return columns;
}

/// The same matrix by its rows.
template <typename T>
HostLines<T> rows_of(const HostLines<T>& columns, const std::vector<std::uint32_t>& order, Index count) {
  std::vector<Index> lengths(static_cast<std::size_t>(count), 0);
  for (const auto i : columns.indices) lengths[i]++;
  HostLines<T> rows(lengths);
  std::vector<Index> next = rows.starts;
  for (std::size_t c = 0; c < order.size(); c++)
    for (auto e = static_cast<std::size_t>(columns.starts[c]); e < static_cast<std::size_t>(columns.starts[c + 1]);
         e++) {
      const auto at = static_cast<std::size_t>(next[columns.indices[e]]++);
      rows.indices[at] = order[c];
      rows.values[at] = columns.values[e];
    }
  return rows;
}

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
  const auto upload = [&](const HostLines<T>& lines) {
    return Lines{Buffer<Index>(backend, lines.starts), Buffer<std::uint32_t>(backend, lines.indices),
                 Buffer<T>(backend, lines.values)};
  };
  Index widest = 0;
  for (int k = 0; k <= layout.depth(); k++) {
    const Layer& layer = layout.layers()[static_cast<std::size_t>(k)];
    const auto p = layout.view(parameters.data(), k);
    std::vector<T> scale(static_cast<std::size_t>(layer.out), T(1));
    if (const T* device = weights.effective(k).scale) backend.download(scale.data(), device, scale.size() * sizeof(T));
    std::vector<std::uint32_t> order;
    const auto columns = columns_of(p.v, scale, order);
    memory_.push_back({upload(rows_of(columns, order, layer.out)), upload(columns),
                       Buffer<std::uint32_t>(backend, order),
                       Buffer<T>(backend, std::vector<T>(p.b, p.b + layer.out))});
    const Memory& memory = memory_.back();
    layers_.push_back({layer.activation, layer.residual, layer.in, layer.out, memory.rows.view(), memory.columns.view(),
                       memory.order.data(), memory.b.data()});
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
