#pragma once

#include <optional>

#include "certificates/graph.h"
#include "certificates/relu_network.h"

namespace psilon::certificates {

/// The mean of networks on a box, and its outputs as rows of the graph.
struct GraphOfNetworks {
  Graph graph;
  std::vector<Row> outputs;
};

/// Null if sums may overflow in the box, so that nothing holds.
std::optional<GraphOfNetworks> graph_of(const std::vector<ReluNetwork>& networks, const Box& box, Method method);

}  // namespace psilon::certificates
