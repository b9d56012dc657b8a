#include "certificates/relu_network.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "certificates/rounding.h"

namespace psilon::certificates {

namespace {

/// Sums of |v~_i| and of its squares, v~ = max_s |v_s|.
struct RowSums {
  double sum = 0, squares = 0;

  template <typename T>
  RowSums(const Matrices<const T>& v, Index i) {
    for (Index j = 0; j < v.cols; j++) {
      double largest = 0;
      for (int s = 0; s < v.count; s++) largest = std::max(largest, std::abs(static_cast<double>(v.row(s, i)[j])));
      sum += largest;
      squares += largest * largest;
    }
  }
};

/// Operations that a term of z_i takes part in: its own product, the sum, scale, bias and residual; and those of the
/// norm behind the scale.
double operations(const Layer& layer) {
  const auto in = static_cast<double>(layer.in);
  return layer.matrices * in + (layer.normalized() ? in + 4 : 0) + 8;
}

/// Row i of the weights, and the bounds of its rounding.
template <typename T>
void add_row(const Layer& layer, const LayerParameters<const T>& p, Index i, ReluLayer& to) {
  constexpr double kTiny = std::numeric_limits<T>::min();
  const RowSums sums(p.v, i);
  const bool l2 = layer.normalization == Normalization::L2, crelu = layer.matrices == 2;
  const double norm = !layer.normalized() ? 1 : l2 ? std::sqrt(sums.squares) : sums.sum;
  const double g = layer.normalized() ? static_cast<double>(p.g[layer.shared_length ? 0 : i]) : 1;
  const double scale = g / norm, in = static_cast<double>(layer.in),
               bias = std::abs(to.bias[static_cast<std::size_t>(i)]);
  // where weights are so small that their squares are 0, a norm has another error
  const double own = 4 * gamma<double>(operations(layer));  // that of `straight` and `bent`
  to.relative.push_back(gamma<T>(operations(layer)) + own +
                        (layer.normalized() ? 2 * in * kTiny / (l2 ? sums.squares : norm) : 0));
  const bool reads = scale * sums.sum != 0;
  to.absolute.push_back(kTiny * (reads ? (1 + std::abs(scale)) * (sums.sum + 2 * in) + 8 : 8));
  to.absolute_slope.push_back(reads ? kTiny * ((1 + std::abs(scale)) * in + sums.sum) : 0);
  to.reach = std::max(to.reach, (1 + std::abs(scale)) * sums.sum + 1);
  to.largest_bias = std::max(to.largest_bias, bias);
  for (Index j = 0; j < layer.in; j++) {
    const auto at = static_cast<std::size_t>(i * layer.in + j);
    const double w = static_cast<double>(p.v.row(0, i)[j]) * scale;
    const double other = crelu ? static_cast<double>(p.v.row(1, i)[j]) * scale : 0;
    to.size[at] = std::max(std::abs(w), std::abs(other));
    to.weights[0][at] = w;
    if (crelu) to.weights[1][at] = other;
    if (layer.activation == Activation::Identity) {
      to.straight[at] = w;
      continue;
    }
    to.bent[at] = w - other;
    if (crelu) to.straight[at] = other + (layer.residual && i == j ? 1 : 0);
  }
}

template <typename T>
ReluLayer relu_layer(const Layer& layer, const LayerParameters<const T>& p) {
  const auto count = static_cast<std::size_t>(layer.in * layer.out);
  ReluLayer to{};
  to.in = layer.in;
  to.out = layer.out;
  to.bias.assign(p.b, p.b + layer.out);
  to.size.resize(count);
  for (int s = 0; s < layer.matrices; s++) to.weights[s].resize(count);
  if (layer.activation != Activation::Relu) to.straight.resize(count);
  if (layer.activation != Activation::Identity) to.bent.resize(count);
  to.residual = layer.residual;
  to.relu = layer.activation == Activation::Relu;
  to.weight_error = gamma<T>(layer.normalized() ? static_cast<double>(layer.in) + 6 : 0);
  to.limit = static_cast<double>(std::numeric_limits<T>::max()) / 8;
  for (Index i = 0; i < layer.out; i++) add_row(layer, p, i, to);
  return to;
}

}  // namespace

template <typename T>
ReluNetwork relu_network(const Model<T>& model) {
  const ParameterLayout layout(model.config);
  ReluNetwork network;
  for (int k = 0; k <= layout.depth(); k++)
    network.push_back(relu_layer<T>(layout.layers()[static_cast<std::size_t>(k)], layout.view(model.values.data(), k)));
  return network;
}

void read_among(ReluNetwork& network, Index inputs, const std::vector<Index>& taken) {
  ReluLayer& first = network.front();
  const auto spread = [&](const std::vector<double>& own) {
    std::vector<double> all(static_cast<std::size_t>(first.out * inputs));
    for (Index i = 0; i < first.out; i++)
      for (Index j = 0; j < first.in; j++)
        all[static_cast<std::size_t>(i * inputs + taken[static_cast<std::size_t>(j)])] =
            own[static_cast<std::size_t>(i * first.in + j)];
    return all;
  };
  first.weights[0] = spread(first.weights[0]);
  first.straight = spread(first.straight);
  first.size = spread(first.size);
  first.in = inputs;
}

template ReluNetwork relu_network(const Model<float>&);
template ReluNetwork relu_network(const Model<double>&);

}  // namespace psilon::certificates
