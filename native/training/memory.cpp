#include "training/memory.h"

#include <algorithm>
#include <cstdio>
#include <set>
#include <string>
#include <vector>

#include "network/parameters.h"
#include "support/error.h"
#include "training/log.h"

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
         static_cast<std::size_t>((size.rows + batch - 1) / batch) * sizeof(StepSettings) +
         static_cast<std::size_t>(Log<T>::kCapacity) * sizeof(double) + backend.scratch_bytes(shapes);
}

template <typename T>
std::size_t run_bytes(const Backend<T>& backend, const std::vector<FitJob<T>>& jobs) {
  std::size_t bytes = 0;
  std::set<const Rows<T>*> tables;
  for (const auto& job : jobs) {
    const auto& options = job.options;
    bytes += fit_bytes(backend, job.model.config, {job.train->count, options.batch_size, options.prune.has_value()});
    tables.insert({job.train.get(), job.validation.get()});
  }
  if (backend.reads_host_memory()) return bytes;
  for (const Rows<T>* rows : tables)
    if (rows != nullptr) bytes += (rows->x.size() + rows->y.size() + rows->weights.size()) * sizeof(T);
  return bytes;
}

template <typename T>
void require_memory(const Backend<T>& backend, std::size_t needed) {
  const std::size_t available = backend.free_bytes();
  if (needed <= available) return;
  const auto megabytes = [](std::size_t bytes) {
    char text[32];
    std::snprintf(text, sizeof text, "%.1f MB", static_cast<double>(bytes) / 1e6);
    return std::string(text);
  };
  throw Error("ERR_MEMORY",
              "[fit] needs " + megabytes(needed) + " of the device, " + megabytes(available) + " are free",
              {{"needed", static_cast<double>(needed)}, {"available", static_cast<double>(available)}});
}

#define PSILON_INSTANTIATE(T)                                                              \
  template std::size_t fit_bytes(const Backend<T>&, const NetworkConfig&, const FitSize&); \
  template std::size_t run_bytes(const Backend<T>&, const std::vector<FitJob<T>>&);        \
  template void require_memory(const Backend<T>&, std::size_t);
PSILON_INSTANTIATE(float)
PSILON_INSTANTIATE(double)

}  // namespace psilon
