#pragma once

#include <vector>

#include "certificates/graph.h"

namespace psilon::certificates {

/// A point of the box, and the value of a row there, in double precision.
struct Point {
  std::vector<double> x;
  double value = kInfinity;
};

/// Looks for a point where the row is small, from a start: to the corner that the gradient points to, or part of the
/// way.
Point descend(const Graph& graph, const Row& row, std::vector<double> start);

/// The best of descents from the center, from the corner of the linear relaxation, and from a few points around.
Point attack(const Graph& graph, const Row& row);

}  // namespace psilon::certificates
