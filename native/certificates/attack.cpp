#include "certificates/attack.h"

#include <cmath>
#include <cstdint>

#include "support/random.h"

namespace psilon::certificates {

namespace {

constexpr int kDescents = 12, kDrawn = 4;

/// The corner that lowers the row most, were its gradient the same everywhere.
std::vector<double> corner_of(const Graph& graph, const std::vector<double>& gradient, const std::vector<double>& x) {
  std::vector<double> corner = x;
  for (std::size_t j = 0; j < x.size(); j++)
    if (gradient[j] != 0) corner[j] = gradient[j] > 0 ? graph.lower()[j] : graph.upper()[j];
  return corner;
}

std::vector<double> between(const std::vector<double>& a, const std::vector<double>& b, double share) {
  std::vector<double> x(a.size());
  for (std::size_t j = 0; j < x.size(); j++) x[j] = share == 1 ? b[j] : a[j] + share * (b[j] - a[j]);
  return x;
}

}  // namespace

Point descend(const Graph& graph, const Row& row, std::vector<double> start) {
  Point best{std::move(start), 0};
  best.value = graph.value(row, best.x);
  for (int step = 0; step < kDescents; step++) {
    const auto corner = corner_of(graph, graph.gradient(row, best.x), best.x);
    Point next = best;
    for (double share : {1.0, 0.5, 0.2, 0.05}) {
      Point tried{between(best.x, corner, share), 0};
      tried.value = graph.value(row, tried.x);
      if (tried.value < next.value) next = std::move(tried);
    }
    if (!(next.value < best.value)) break;
    best = std::move(next);
  }
  return best;
}

Point attack(const Graph& graph, const Row& row) {
  const std::size_t n = graph.inputs();
  Point best = descend(graph, row, graph.corner(row));
  const auto keep = [&](Point other) {
    if (other.value < best.value) best = std::move(other);
  };
  keep(descend(graph, row, between(graph.lower(), graph.upper(), 0.5)));
  Random random(0, n);
  for (int k = 0; k < kDrawn; k++) {
    std::vector<double> x(n);
    for (std::size_t j = 0; j < n; j++)
      x[j] = graph.lower()[j] + random.uniform() * (graph.upper()[j] - graph.lower()[j]);
    keep(descend(graph, row, std::move(x)));
  }
  return best;
}

}  // namespace psilon::certificates
