#pragma once

#include <optional>

#include "certificates/graph.h"
#include "certificates/relu_network.h"

namespace psilon::certificates {

/// The mean of networks on a box, and its outputs as rows of the graph, whose inputs are some of those of the box.
struct GraphOfNetworks {
  Graph graph;
  std::vector<Row> outputs;
  std::vector<std::size_t> inputs;
};

/// Null if sums may overflow in the box, so that nothing holds. For slopes all inputs of the box are those of the
/// graph; else those that stay become constants.
std::optional<GraphOfNetworks> graph_of(const std::vector<ReluNetwork>& networks, const Box& box, Ranges ranges,
                                        Purpose purpose = Purpose::Values);

}  // namespace psilon::certificates
