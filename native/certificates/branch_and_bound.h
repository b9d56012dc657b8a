#pragma once

#include "certificates/attack.h"

namespace psilon::certificates {

/// When a search may end: the least value is above `above`, some value is below `below`, or both sides are within
/// `tolerance`; else after so many nodes.
struct Search {
  double above = kInfinity, below = -kInfinity, tolerance = 0;
  Index nodes = 0;
};

/// The least value of a row of the graph lies above `lower`; `best` is the point with the least value found.
struct Minimum {
  double lower;
  Point best;
  Index nodes;
};

/// Best-first branch and bound on the signs of undecided units. A node is a set of fixed signs; its bound is the linear
/// program in which each free unit is between its two lines.
Minimum minimise(const Graph& graph, const Row& row, const Search& search);

}  // namespace psilon::certificates
