#include "certificates/questions.h"

#include <algorithm>

#include "certificates/global.h"

namespace psilon::certificates {

namespace {

std::vector<double> center_of(const Box& box) {
  std::vector<double> center;
  for (std::size_t j = 0; j < box.size(); j++) center.push_back(box.lower[j] + (box.upper[j] - box.lower[j]) / 2);
  return center;
}

double globally(const std::vector<ReluNetwork>& networks, const Question& question, Bound bound) {
  const Box& box = question.box;
  const auto center = center_of(box);
  std::vector<double> half;
  for (std::size_t j = 0; j < box.size(); j++) {
    half.push_back(kUp * std::max(box.upper[j] - center[j], center[j] - box.lower[j]));
  }
  double least = kInfinity;
  for (const auto& objective : question.objectives)
    least = std::min(least, global_bound(networks, bound, center.data(), half, objective).lower(1));
  return least;
}

Row row_of(const GraphOfNetworks& networks, const std::vector<double>& objective) {
  Row row = networks.graph.zero();
  for (std::size_t i = 0; i < objective.size(); i++) networks.graph.add(objective[i], networks.outputs[i], row);
  networks.graph.measure(row);
  return row;
}

/// The least of some bounds, the lowest of which are raised first.
template <typename Raise>
double least_of(std::vector<double> bounds, const Raise& raised) {
  std::vector<bool> is_raised(bounds.size());
  for (;;) {
    const auto least = static_cast<std::size_t>(std::min_element(bounds.begin(), bounds.end()) - bounds.begin());
    if (is_raised[least]) return bounds[least];
    bounds[least] = std::max(bounds[least], raised(least));
    is_raised[least] = true;
  }
}

Answer without_branching(const std::vector<ReluNetwork>& networks, const Question& question, Level level) {
  const auto built = graph_of(networks, question.box, Ranges::Forward);
  if (!built) return {};
  const Graph& graph = built->graph;
  std::vector<Row> rows;
  std::vector<double> bounds;
  for (const auto& objective : question.objectives) {
    rows.push_back(row_of(*built, objective));
    bounds.push_back(graph.lower_bound(rows.back()));
  }
  Answer found;
  found.lower = found.local = std::ranges::min(bounds);
  if (level == Level::Linear)
    found.lower = least_of(bounds, [&](std::size_t k) { return graph.relaxed_bound(rows[k]); });
  return found;
}

Answer exactly(const std::vector<ReluNetwork>& networks, const Question& question, Search search) {
  Answer found;
  const auto built = graph_of(networks, question.box, Ranges::Backward);
  if (!built) return found;
  found.lower = kInfinity;
  for (const auto& objective : question.objectives) {
    Minimum minimum = minimise(built->graph, row_of(*built, objective), search);
    found.lower = std::min(found.lower, minimum.lower);
    found.nodes += minimum.nodes;
    search.nodes -= minimum.nodes;
    if (minimum.best.value < found.upper) {
      found.upper = minimum.best.value;
      found.point = center_of(question.box);
      for (std::size_t k = 0; k < built->inputs.size(); k++) found.point[built->inputs[k]] = minimum.best.x[k];
    }
    if (found.upper < search.below) {
      found.lower = std::min(found.lower, found.upper);  // the others are not known
      break;
    }
  }
  return found;
}

}  // namespace

std::vector<std::vector<double>> margins_of(std::size_t c, std::size_t outputs) {
  if (outputs == 1) return {{c == 1 ? 1.0 : -1.0}};
  std::vector<std::vector<double>> margins;
  for (std::size_t k = 0; k < outputs; k++) {
    if (k == c) continue;
    std::vector<double> margin(outputs);
    margin[c] = 1;
    margin[k] = -1;
    margins.push_back(std::move(margin));
  }
  return margins;
}

Answer answer(const std::vector<ReluNetwork>& networks, const Question& question, Level level, Bound bound,
              const Search& search) {
  switch (level) {
    case Level::Global:
      return {globally(networks, question, bound), -kInfinity, kInfinity, {}, 0};
    case Level::Local:
    case Level::Linear:
      return without_branching(networks, question, level);
    case Level::Exact:
      return exactly(networks, question, search);
  }
  return {};
}

std::vector<Range> slopes(const std::vector<ReluNetwork>& networks, const Question& question) {
  const auto built = graph_of(networks, question.box, Ranges::Backward, Purpose::Slopes);
  if (!built) return std::vector<Range>(question.box.size());
  return built->graph.slopes(row_of(*built, question.objectives.front()));
}

}  // namespace psilon::certificates
