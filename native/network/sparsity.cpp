#include "network/sparsity.h"

#include <limits>

namespace psilon {

namespace {
Index rows_of(const Layer& layer) { return layer.matrices * layer.out; }
}  // namespace

template <typename T>
SparsityMeter<T>::SparsityMeter(Backend<T>& backend, const ParameterLayout& layout, bool pruned)
    : backend_(backend),
      layout_(layout),
      pruned_(pruned),
      share_(backend, 2 * widest(layout.layers())),
      layer_sums_(backend, static_cast<Index>(layout.layers().size())),
      value_(backend, 1) {
  for (const Layer& layer : layout.layers()) rows_ += rows_of(layer);
}

template <typename T>
void SparsityMeter<T>::sum_layer(const T* parameters, int k, Kind kind, T scale, double* value) {
  const Layer& layer = layout_.layers()[static_cast<std::size_t>(k)];
  const auto p = layout_.view(parameters, k);
  backend_.row_sparsity({kind, p.v, p.g, layer.shared_length, pruned_, scale, share_.data()});
  backend_.sum_rows({share_.data(), rows_of(layer), value});
}

template <typename T>
void SparsityMeter<T>::sum(const T* parameters, Kind kind, T scale, double* value) {
  for (int k = 0; k <= layout_.depth(); k++) sum_layer(parameters, k, kind, scale, layer_sums_.data() + k);
  backend_.sum_rows({layer_sums_.data(), layer_sums_.size(), value});
}

template <typename T>
double SparsityMeter<T>::measure(const T* parameters, Kind kind, T scale) {
  sum(parameters, kind, scale, value_.data());
  return value_.value() / static_cast<double>(rows_);
}

template <typename T>
SparsityReport SparsityMeter<T>::report(const T* parameters) {
  const auto figure = [&](Kind kind, int k) {
    const Layer& layer = layout_.layers()[static_cast<std::size_t>(k)];
    if (kind == Kind::Projected && !layer.normalized()) return std::numeric_limits<double>::quiet_NaN();
    sum_layer(parameters, k, kind, 0, value_.data());
    return value_.value();
  };
  SparsityReport report{};
  double rows = 0;
  for (int k = 0; k <= layout_.depth(); k++) {
    const Sparsity sums{figure(Kind::Near, k), figure(Kind::Exact, k), figure(Kind::Projected, k)};
    const double weight = static_cast<double>(rows_of(layout_.layers()[static_cast<std::size_t>(k)]));
    report.layers.push_back({sums.near / weight, sums.exact / weight, sums.projected / weight});
    report.mean.near += sums.near;
    report.mean.exact += sums.exact;
    report.mean.projected += sums.projected;
    rows += weight;
  }
  report.mean = {report.mean.near / rows, report.mean.exact / rows, report.mean.projected / rows};
  return report;
}

template class SparsityMeter<float>;
template class SparsityMeter<double>;

}  // namespace psilon
