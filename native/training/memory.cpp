#include "training/memory.h"

#include <algorithm>
#include <set>
#include <vector>

#include "backend/devices.h"
#include "network/parameters.h"
#include "support/memory_error.h"
#include "training/log.h"

namespace psilon {

std::size_t model_bytes(const NetworkConfig& config, std::size_t element) {
  return static_cast<std::size_t>(ParameterLayout(config).size()) * element;
}

namespace {

Index batch_of(const FitSize& size) { return std::min(size.batch_size, size.rows); }
Index batches_of(const FitSize& size) { return (size.rows + batch_of(size) - 1) / batch_of(size); }

std::vector<LayerShape> shapes_of(const ParameterLayout& layout, Index batch) {
  std::vector<LayerShape> shapes;
  for (const Layer& layer : layout.layers()) shapes.push_back({batch, layer.in, layer.out, layer.matrices, true});
  return shapes;
}

/// Order of rows and settings of steps.
template <typename T>
std::size_t epoch_bytes(const FitSize& size) {
  return static_cast<std::size_t>(size.rows) * sizeof(Index) +
         static_cast<std::size_t>(batches_of(size)) * sizeof(StepSettings<T>);
}

template <typename T>
constexpr std::size_t kLogBytes = static_cast<std::size_t>(Log<T>::kCapacity) * sizeof(double);

/// scratch(shapes): bytes for these layers.
template <typename T, typename Scratch>
std::size_t fit_bytes(const NetworkConfig& config, const FitSize& size, const Scratch& scratch) {
  const ParameterLayout layout(config);
  const Index batch = batch_of(size);
  Index units = 0, tallest = 0;
  for (const Layer& layer : layout.layers()) {
    units += layer.out;
    tallest = std::max(tallest, layer.out);
  }
  const Index parameters = 4 * layout.size() + (size.prune ? layout.weights_size() : 0);
  const Index batch_values = batch * (config.inputs + config.outputs + units + 2 * tallest);
  const Index unit_values = 12 * (config.inputs + units);
  return static_cast<std::size_t>(parameters + batch_values + unit_values) * sizeof(T) +
         static_cast<std::size_t>(batch) * sizeof(double) + epoch_bytes<T>(size) + kLogBytes<T> +
         scratch(shapes_of(layout, batch));
}

/// What a network takes on a GPU besides its `bytes`. Allocations of 1 MiB or more are rounded up to 2 MiB, so to twice
/// as much at most, others to 512 bytes; and graphs keep the arguments of kernels, each node those of up to 16
/// networks.
std::size_t gpu_overhead(const NetworkConfig& config, std::size_t bytes) {
  constexpr std::size_t kPiece = std::size_t{1} << 21, kSmallPiece = 512, kNodeBytes = 4096;
  const auto layers = static_cast<std::size_t>(config.depth() + 1);
  const std::size_t allocations = 48 + 4 * layers, nodes = 80 + 24 * layers;
  return std::min(bytes, allocations * kPiece) + allocations * kSmallPiece + nodes * kNodeBytes;
}

}  // namespace

template <typename T>
std::size_t fit_bytes(const Backend<T>& backend, const NetworkConfig& config, const FitSize& size) {
  return fit_bytes<T>(config, size, [&](const auto& shapes) { return backend.scratch_bytes(shapes); });
}

template <typename T>
GpuFitBytes gpu_fit_bytes(const NetworkConfig& config, const FitSize& size) {
  constexpr std::size_t kStaging = std::size_t{1} << 22;
  const auto scratch = [](const auto& shapes) { return gpu_scratch_bytes(shapes, sizeof(T)); };
  const std::size_t device = fit_bytes<T>(config, size, scratch);
  return {device + gpu_overhead(config, device),
          2 * model_bytes(config, sizeof(T)) + epoch_bytes<T>(size) + kLogBytes<T> + kStaging};
}

template <typename T>
std::size_t run_bytes(const Backend<T>& backend, const std::vector<FitJob<T>>& jobs) {
  std::size_t bytes = 0;
  std::set<const Rows<T>*> tables;
  for (const auto& job : jobs) {
    const auto& options = job.options;
    const auto& config = job.model.config;
    const FitSize size{job.train->count, options.batch_size, options.prune.has_value()};
    bytes += backend.reads_host_memory() ? fit_bytes(backend, config, size) : gpu_fit_bytes<T>(config, size).device;
    tables.insert({job.train.get(), job.validation.get()});
  }
  if (backend.reads_host_memory()) return bytes;
  bytes += kGpuReserve;
  for (const Rows<T>* rows : tables)
    if (rows != nullptr) bytes += (rows->x.size() + rows->y.size() + rows->weights.size()) * sizeof(T);
  return bytes;
}

template <typename T>
void require_memory(const Backend<T>& backend, std::size_t needed) {
  const std::size_t available = backend.free_bytes();
  if (needed <= available) return;
  throw memory_error(needed, available);
}

#define PSILON_INSTANTIATE(T)                                                              \
  template std::size_t fit_bytes(const Backend<T>&, const NetworkConfig&, const FitSize&); \
  template GpuFitBytes gpu_fit_bytes<T>(const NetworkConfig&, const FitSize&);             \
  template std::size_t run_bytes(const Backend<T>&, const std::vector<FitJob<T>>&);        \
  template void require_memory(const Backend<T>&, std::size_t);
PSILON_INSTANTIATE(float)
PSILON_INSTANTIATE(double)

}  // namespace psilon
