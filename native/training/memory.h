#pragma once

#include <cstddef>

#include "network/config.h"

namespace psilon {

struct FitSize {
  Index rows;
  Index validation_rows;
  Index batch_size;
  bool prune;
  bool early_stopping;
};

/// Bytes that a network on the host holds.
std::size_t model_bytes(const NetworkConfig& config, std::size_t element);

/// Bytes that a fit holds besides the network and the tables, which fits share: parameters, gradient, two moments, a
/// snapshot and the next one, with pruning three copies more while rows are scaled and settled, else with early
/// stopping the best snapshot; a batch and the order of rows, here and on the device; activations of a batch and their
/// gradients; packed operands.
std::size_t fit_bytes(const NetworkConfig& config, std::size_t element, const FitSize& size);

}  // namespace psilon
