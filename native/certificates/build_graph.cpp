#include "certificates/build_graph.h"

#include <cmath>
#include <numeric>

namespace psilon::certificates {

namespace {

/// What a layer reads: rows, within which ranges they are, and, for those left open, which units of the graph they are.
struct Signals {
  std::vector<Row> rows;
  std::vector<Range> ranges;
  std::vector<std::size_t> units;
};

double size_of(const Range& range, bool relu) { return relu ? std::max(range.upper, 0.0) : range.size(); }

/// How far a prediction's z_i may be from the formula; infinite if sums may overflow.
std::vector<double> rounding_errors(const ReluLayer& layer, const Signals& from) {
  double largest = 0;
  std::vector<double> sizes;
  for (const Range& range : from.ranges) sizes.push_back(size_of(range, layer.relu));
  for (double size : sizes) largest = std::max(largest, size);
  const bool overflows = !(kUp * (layer.reach * largest + layer.largest_bias) < layer.limit);
  std::vector<double> errors;
  for (Index i = 0; i < layer.out; i++) {
    const auto at = static_cast<std::size_t>(i);
    const double* weights = layer.size.data() + i * layer.in;
    double total = std::abs(layer.bias[at]) + (layer.residual ? sizes[at] : 0);
    const double* reads = sizes.data();
#pragma omp simd reduction(+ : total)
    for (std::size_t j = 0; j < sizes.size(); j++) total += weights[j] * reads[j];
    const double error = layer.relative[at] * total + layer.absolute[at] + layer.absolute_slope[at] * largest;
    errors.push_back(overflows ? kInfinity : error * (1 + 1e-9));
  }
  return errors;
}

/// Which of the rows that a layer reads enter its sums as they are, and which are left open.
struct Parts {
  std::vector<std::size_t> linear, open;
  std::vector<const Row*> rows;  // of those that enter as they are
  std::vector<double> active;    // 1 where relu(y) is y

  Parts(const ReluLayer& layer, const Signals& from) {
    for (std::size_t j = 0; j < from.rows.size(); j++) {
      const bool is_active = !layer.bent.empty() && from.ranges[j].lower >= 0;
      if (!layer.bent.empty() && from.ranges[j].undecided()) open.push_back(j);
      if (!is_active && layer.straight.empty()) continue;
      linear.push_back(j);
      rows.push_back(&from.rows[j]);
      active.push_back(is_active ? 1 : 0);
    }
  }
};

/// The z of a layer, as rows without ranges, which depend on the units of its network, from `first` on.
std::vector<Row> rows_of(const ReluLayer& layer, const Signals& from, std::size_t first, const Graph& graph) {
  const auto errors = rounding_errors(layer, from);
  const Parts parts(layer, from);
  std::vector<Row> rows;
  std::vector<double> factors(parts.linear.size());
  for (Index i = 0; i < layer.out; i++) {
    Row row = graph.zero(first);
    row.error = errors[static_cast<std::size_t>(i)];
    graph.add_constant(layer.bias[static_cast<std::size_t>(i)], row);
    const double* straight = layer.straight.empty() ? nullptr : layer.straight.data() + i * layer.in;
    const double* bent = layer.bent.empty() ? nullptr : layer.bent.data() + i * layer.in;
    for (std::size_t k = 0; k < factors.size(); k++) {
      const std::size_t j = parts.linear[k];
      factors[k] = (straight == nullptr ? 0 : straight[j]) + (bent == nullptr ? 0 : bent[j] * parts.active[k]);
    }
    for (const std::size_t j : parts.open) graph.add_unit(bent[j], from.units[j], row);
    graph.add(factors, parts.rows, row);
    graph.measure(row);
    rows.push_back(std::move(row));
  }
  return rows;
}

Signals inputs_of(const Graph& graph) {
  Signals inputs;
  for (std::size_t j = 0; j < graph.inputs(); j++) {
    inputs.rows.push_back(graph.input(j));
    inputs.ranges.push_back({graph.lower()[j], graph.upper()[j]});
    inputs.units.push_back(0);
  }
  return inputs;
}

/// Outputs of one network; empty if sums may overflow.
std::vector<Row> outputs_of(const ReluNetwork& network, const Signals& inputs, Graph& graph) {
  Signals signals = inputs;
  const std::size_t first = graph.units();
  for (Row& row : signals.rows) row.first = first;
  for (std::size_t k = 0; k + 1 < network.size(); k++) {
    Signals next{rows_of(network[k], signals, first, graph), {}, {}};
    for (const Row& row : next.rows) {
      if (!std::isfinite(row.error + row.terms)) return {};
      auto [range, jacobian] = graph.bounds(row);
      next.ranges.push_back(range);
      next.units.push_back(range.undecided() ? graph.open(row, range, std::move(jacobian)) : 0);
    }
    signals = std::move(next);
  }
  std::vector<Row> outputs = rows_of(network.back(), signals, first, graph);
  for (const Row& row : outputs)
    if (!std::isfinite(row.error + row.terms)) return {};
  return outputs;
}

/// Bounds the relative error of sums over all units of the networks, several times over.
double relative_error(const std::vector<ReluNetwork>& networks) {
  double operations = 64;
  for (const auto& network : networks)
    for (const ReluLayer& layer : network) operations += static_cast<double>(layer.in + layer.out);
  return gamma<double>(4 * operations);
}

}  // namespace

std::optional<GraphOfNetworks> graph_of(const std::vector<ReluNetwork>& networks, const Box& box, Method method) {
  Graph graph(box, method, relative_error(networks));
  const Signals inputs = inputs_of(graph);
  std::vector<std::vector<Row>> members;
  for (const auto& network : networks) {
    members.push_back(outputs_of(network, inputs, graph));
    if (members.back().empty()) return std::nullopt;
  }
  std::vector<Row> outputs;
  const double share = 1 / static_cast<double>(networks.size());
  for (std::size_t i = 0; i < members.front().size(); i++) {
    Row mean = graph.zero();
    for (const auto& rows : members) graph.add(share, rows[i], mean);
    graph.measure(mean);
    outputs.push_back(std::move(mean));
  }
  return GraphOfNetworks{std::move(graph), std::move(outputs)};
}

}  // namespace psilon::certificates
