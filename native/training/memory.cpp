#include "training/memory.h"

#include <memory>
#include <vector>

#include "backend/counting_backend.h"
#include "network/parameters.h"
#include "support/memory_error.h"

namespace psilon {

std::size_t model_bytes(const NetworkConfig& config, std::size_t element) {
  return static_cast<std::size_t>(ParameterLayout(config).size()) * element;
}

namespace {

class Unobserved final : public FitObserver {
 public:
  bool cancelled() override { return false; }
  void epoch_finished(const EpochRecord&) override {}
};

/// A fit without data: neither the network nor its tables take memory.
template <typename T>
class EmptyFit {
 public:
  EmptyFit(const NetworkConfig& config, const FitOptions& options, const FitTables& tables)
      : model_{config, {}}, options_(options), tables_(tables) {}

  std::vector<FitJob<T>> jobs() {
    const auto validation = tables_.validation_rows > 0 ? rows(tables_.validation_rows) : nullptr;
    std::vector<FitJob<T>> jobs;
    jobs.push_back({model_, rows(tables_.rows), validation, options_, observer_});
    return jobs;
  }

 private:
  SharedRows<T> rows(Index count) const {
    Rows<T> rows{count, model_.config.inputs, tables_.targets, {}, {}, {}};
    rows.weights.resize(tables_.weighted ? 1 : 0);  // one says that there are some
    return std::make_shared<const Rows<T>>(std::move(rows));
  }

  const Model<T> model_;
  const FitOptions options_;
  const FitTables tables_;
  Unobserved observer_;
};

}  // namespace

template <typename T>
std::size_t fit_bytes(const NetworkConfig& config, const FitOptions& options, const FitTables& tables, int threads) {
  CountingBackend<T> cpu(DeviceKind::Cpu, threads);  // which holds less between two stages than at one
  build_together(cpu, cpu, EmptyFit<T>(config, options, tables).jobs());
  return cpu.max_bytes();
}

template <typename T>
GpuFitBytes gpu_fit_bytes(const NetworkConfig& config, const FitOptions& options, const FitTables& tables) {
  CountingBackend<T> gpu(DeviceKind::Cuda), host(DeviceKind::Cpu);
  build_together(gpu, host, EmptyFit<T>(config, options, tables).jobs());
  const std::size_t between_stages =
      options.prune ? kMaxModelsToPrune * model_bytes(settled_config(config), sizeof(T)) : 0;
  return {gpu.max_bytes(), host.max_bytes() + between_stages + cuda::kStagingBytes};
}

template <typename T>
std::size_t gpu_run_bytes(const std::vector<FitJob<T>>& jobs) {
  CountingBackend<T> gpu(DeviceKind::Cuda), host(DeviceKind::Cpu);
  build_together(gpu, host, jobs);
  return gpu.max_bytes() + kGpuReserve;
}

template <typename T>
void require_memory(const Backend<T>& backend, std::size_t needed) {
  const std::size_t available = backend.free_bytes();
  if (needed <= available) return;
  throw memory_error(needed, available);
}

#define PSILON_INSTANTIATE(T)                                                                        \
  template std::size_t fit_bytes<T>(const NetworkConfig&, const FitOptions&, const FitTables&, int); \
  template GpuFitBytes gpu_fit_bytes<T>(const NetworkConfig&, const FitOptions&, const FitTables&);  \
  template std::size_t gpu_run_bytes(const std::vector<FitJob<T>>&);                                 \
  template void require_memory(const Backend<T>&, std::size_t);
PSILON_INSTANTIATE(float)
PSILON_INSTANTIATE(double)

}  // namespace psilon
