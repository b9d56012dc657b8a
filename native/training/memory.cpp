#include "training/memory.h"

#include <algorithm>
#include <vector>

#include "network/parameters.h"

namespace psilon {

std::size_t model_bytes(const NetworkConfig& config, std::size_t element) {
  return static_cast<std::size_t>(ParameterLayout(config).size()) * element;
}

template <typename T>
std::size_t fit_bytes(const Backend<T>& backend, const NetworkConfig& config, const FitSize& size) {
  const ParameterLayout layout(config);
  const Index batch = std::min(size.batch_size, size.rows);
  Index units = 0, tallest = 0;
  std::vector<LayerShape> shapes;
  for (const Layer& layer : layout.layers()) {
    units += layer.out;
    tallest = std::max(tallest, layer.out);
    shapes.push_back({batch, layer.in, layer.out, layer.matrices, true});
  }
  const Index parameters = 4 * layout.size() + (size.prune ? layout.weights_size() : 0);
  const Index batch_values = batch * (config.inputs + config.outputs + units + 2 * tallest);
  const Index unit_values = 12 * (config.inputs + units);
  return static_cast<std::size_t>(parameters + batch_values + unit_values) * sizeof(T) +
         static_cast<std::size_t>(batch) * sizeof(double) + static_cast<std::size_t>(size.rows) * sizeof(Index) +
         backend.scratch_bytes(shapes);
}

template std::size_t fit_bytes(const Backend<float>&, const NetworkConfig&, const FitSize&);
template std::size_t fit_bytes(const Backend<double>&, const NetworkConfig&, const FitSize&);

}  // namespace psilon
