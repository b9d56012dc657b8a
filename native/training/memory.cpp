#include "training/memory.h"

#include <algorithm>
#include <atomic>
#include <memory>

#include "backend/devices.h"
#include "network/parameters.h"

namespace psilon {

namespace {

template <typename T>
std::size_t scratch_bytes(const std::vector<Layer>& layers, Index batch, int threads) {
  std::vector<LayerShape> shapes;
  for (const Layer& layer : layers) shapes.push_back({batch, layer.in, layer.out, layer.matrices, true});
  const auto one = std::make_shared<const std::atomic<int>>(1);  // none is started only to be asked
  return open_cpu<T>(threads, one)->scratch_bytes(shapes);
}

}  // namespace

std::size_t model_bytes(const NetworkConfig& config, std::size_t element) {
  return static_cast<std::size_t>(ParameterLayout(config).size()) * element;
}

template <typename T>
std::size_t fit_bytes(const NetworkConfig& config, const FitSize& size) {
  const ParameterLayout layout(config);
  const Index batch = std::min(size.batch_size, size.rows);
  Index units = 0, tallest = 0;
  for (const Layer& layer : layout.layers()) {
    units += layer.out;
    tallest = std::max(tallest, layer.out);
  }
  const Index parameters = 4 * layout.size() + (size.prune ? layout.weights_size() : 0);
  const Index batch_values = batch * (config.inputs + config.outputs + units + 2 * tallest);
  const Index unit_values = 12 * (config.inputs + units);
  return static_cast<std::size_t>(parameters + batch_values + unit_values) * sizeof(T) +
         static_cast<std::size_t>(batch) * sizeof(double) + static_cast<std::size_t>(size.rows) * sizeof(Index) +
         scratch_bytes<T>(layout.layers(), batch, size.threads);
}

template std::size_t fit_bytes<float>(const NetworkConfig&, const FitSize&);
template std::size_t fit_bytes<double>(const NetworkConfig&, const FitSize&);

}  // namespace psilon
