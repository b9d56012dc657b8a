#include "training/memory.h"

#include <algorithm>

#include "network/parameters.h"

namespace psilon {

std::size_t model_bytes(const NetworkConfig& config, std::size_t element) {
  return static_cast<std::size_t>(ParameterLayout(config).size()) * element;
}

std::size_t fit_bytes(const NetworkConfig& config, std::size_t element, const FitSize& size) {
  const ParameterLayout layout(config);
  const Index copies = 6 + (size.prune ? 3 : size.early_stopping ? 1 : 0);
  const Index batch = std::min(size.batch_size, size.rows);
  Index activations = 0, packed = 0;
  for (const Layer& layer : layout.layers()) {
    activations += layer.out;
    packed = std::max(packed, std::max(layer.out, layer.in) * std::max(layer.matrices * layer.in, batch));
  }
  const Index row = config.inputs + config.outputs + 1;
  const Index datasets = size.validation_rows > 0 ? 2 : 1;
  const Index values =
      copies * layout.size() + datasets * row * batch + batch * (activations + 2 * widest(layout.layers())) + packed;
  const auto order = static_cast<std::size_t>(2 * (size.rows + size.validation_rows)) * sizeof(Index);
  return static_cast<std::size_t>(values) * element + order;
}

}  // namespace psilon
