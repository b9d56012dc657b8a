#include "certificates/build_graph.h"

#include <algorithm>
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

  /// The factors of `rows`, [out, rows].
  std::vector<double> factors(const ReluLayer& layer) const {
    std::vector<double> all(static_cast<std::size_t>(layer.out) * rows.size());
    double* to = all.data();
    for (Index i = 0; i < layer.out; i++, to += rows.size()) {
      if (!layer.straight.empty()) {
        const double* straight = layer.straight.data() + i * layer.in;
        for (std::size_t k = 0; k < rows.size(); k++) to[k] = straight[linear[k]];
      }
      if (layer.bent.empty()) continue;
      const double* bent = layer.bent.data() + i * layer.in;
      for (std::size_t k = 0; k < rows.size(); k++) to[k] += bent[linear[k]] * active[k];
    }
    return all;
  }
};

/// The z of a layer, as rows without ranges, which depend on the units of its network, from `first` on.
std::vector<Row> rows_of(const ReluLayer& layer, const Signals& from, std::size_t first, const Graph& graph) {
  const auto errors = rounding_errors(layer, from);
  const Parts parts(layer, from);
  auto rows = graph.zeros(static_cast<std::size_t>(layer.out), first);
  std::vector<double> bent(parts.open.size());
  const std::size_t unit = parts.open.empty() ? 0 : from.units[parts.open.front()];
  for (std::size_t i = 0; i < rows.size(); i++) {
    rows[i].error = errors[i];
    graph.add_constant(layer.bias[i], rows[i]);
    for (std::size_t k = 0; k < bent.size(); k++) bent[k] = layer.bent[i * from.rows.size() + parts.open[k]];
    graph.add_units(bent, unit, rows[i]);
  }
  graph.add(parts.factors(layer), parts.rows, rows);
  for (Row& row : rows) graph.measure(row);
  return rows;
}

/// Those that move and that a network reads.
std::vector<std::size_t> moving_inputs(const std::vector<ReluNetwork>& networks, const Box& box) {
  std::vector<std::size_t> moving;
  for (std::size_t j = 0; j < box.size(); j++) {
    if (!(box.lower[j] < box.upper[j])) continue;
    const auto reads = [&](const ReluNetwork& network) {
      const ReluLayer& first = network.front();
      for (std::size_t at = j; at < first.straight.size(); at += box.size())
        if (first.straight[at] != 0) return true;
      return false;
    };
    if (std::any_of(networks.begin(), networks.end(), reads)) moving.push_back(j);
  }
  return moving;
}

std::vector<double> taken(const std::vector<double>& all, const std::vector<std::size_t>& indices) {
  std::vector<double> some;
  for (const std::size_t j : indices) some.push_back(all[j]);
  return some;
}

/// The inputs of a graph among those of the box.
struct BoxInputs {
  const Box& box;
  const std::vector<std::size_t>& taken;
  std::vector<Range> ranges;          // of all
  std::vector<std::size_t> constant;  // the others, where they have one value

  BoxInputs(const Box& all, const std::vector<std::size_t>& some) : box(all), taken(some) {
    for (std::size_t j = 0, k = 0; j < box.size(); j++) {
      ranges.push_back({box.lower[j], box.upper[j]});
      if (k < taken.size() && taken[k] == j)
        k++;
      else if (box.lower[j] == box.upper[j])
        constant.push_back(j);
    }
  }
};

/// The z of the first layer: its weights are exact.
std::vector<Row> first_rows_of(const ReluLayer& layer, const BoxInputs& inputs, std::size_t first, const Graph& graph) {
  const auto errors = rounding_errors(layer, {{}, inputs.ranges, {}});
  auto rows = graph.zeros(static_cast<std::size_t>(layer.out), first);
  for (std::size_t i = 0; i < rows.size(); i++) {
    Row& row = rows[i];
    const double* weights = layer.straight.data() + i * inputs.box.size();
    for (std::size_t k = 0; k < inputs.taken.size(); k++) row.a[k] = weights[inputs.taken[k]];
    double sum = layer.bias[i], sizes = std::abs(sum);
    for (const std::size_t j : inputs.constant) {
      const double term = weights[j] * inputs.box.lower[j];
      sum += term;
      sizes += std::abs(term);
    }
    row.constant = sum;
    row.error = errors[i] + graph.relative_error() * sizes;
    graph.measure(row);
  }
  return rows;
}

bool all_finite(const std::vector<Row>& rows) {
  return std::all_of(rows.begin(), rows.end(), [](const Row& row) { return std::isfinite(row.error + row.terms); });
}

/// What the next layer reads; units whose sign is open become units of the graph.
Signals signals_of(std::vector<Row> rows, Graph& graph) {
  Signals signals{std::move(rows), {}, {}};
  for (std::size_t i = 0; auto& [range, jacobian] : graph.bounds(signals.rows)) {
    signals.ranges.push_back(range);
    signals.units.push_back(range.undecided() ? graph.open(signals.rows[i], range, jacobian) : 0);
    i++;
  }
  return signals;
}

/// Outputs of one network; empty if sums may overflow.
std::vector<Row> outputs_of(const ReluNetwork& network, const BoxInputs& inputs, Graph& graph) {
  const std::size_t first = graph.units();
  std::vector<Row> rows = first_rows_of(network.front(), inputs, first, graph);
  for (std::size_t k = 1; k < network.size() && all_finite(rows); k++)
    rows = rows_of(network[k], signals_of(std::move(rows), graph), first, graph);
  if (!all_finite(rows)) rows.clear();
  return rows;
}

/// Bounds the relative error of sums over all units of the networks, several times over.
double relative_error(const std::vector<ReluNetwork>& networks) {
  double operations = 64;
  for (const auto& network : networks)
    for (const ReluLayer& layer : network) operations += static_cast<double>(layer.in + layer.out);
  return gamma<double>(4 * operations);
}

}  // namespace

std::optional<GraphOfNetworks> graph_of(const std::vector<ReluNetwork>& networks, const Box& box, Ranges ranges,
                                        Purpose purpose) {
  std::vector<std::size_t> of_graph(box.size());
  std::iota(of_graph.begin(), of_graph.end(), 0);
  if (purpose == Purpose::Values) of_graph = moving_inputs(networks, box);
  Graph graph({taken(box.lower, of_graph), taken(box.upper, of_graph)}, ranges, relative_error(networks), purpose);
  const BoxInputs of_box(box, of_graph);
  std::vector<std::vector<Row>> members;
  for (const auto& network : networks) {
    members.push_back(outputs_of(network, of_box, graph));
    if (members.back().empty()) return std::nullopt;
  }
  std::vector<Row> outputs;
  const double share = 1 / static_cast<double>(networks.size());
  for (std::size_t i = 0; i < members.front().size(); i++) {
    Row mean = graph.zero();
    for (const auto& rows : members) graph.add(share, rows[i], mean);
    graph.measure(mean);
    outputs.push_back(mean);
  }
  return GraphOfNetworks{std::move(graph), std::move(outputs), std::move(of_graph)};
}

}  // namespace psilon::certificates
