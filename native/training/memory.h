#pragma once

#include <cstddef>
#include <vector>

#include "backend/backend.h"
#include "network/config.h"
#include "training/fit.h"

namespace psilon {

/// The shapes of a fit's tables.
struct FitTables {
  Index rows;
  Index targets;  // numbers of a row
  bool weighted;
  Index validation_rows;  // 0: none

  template <typename Self, typename Visit>
  static void fields(Self& self, const Visit& visit) {
    visit("rows", self.rows);
    visit("targets", self.targets);
    visit("weighted", self.weighted);
    visit("validationRows", self.validation_rows);
  }
};

/// Bytes that a network on the host holds.
std::size_t model_bytes(const NetworkConfig& config, std::size_t element);

/// Peak bytes of a fit on so many threads of the CPU, besides the network and its tables, which fits share
/// (docs/devices-and-threads.md): found by building it on a device that only counts.
template <typename T>
std::size_t fit_bytes(const NetworkConfig& config, const FitOptions& options, const FitTables& tables, int threads);

/// The same for a fit on a GPU, which need not exist, and the peak bytes on the host.
struct GpuFitBytes {
  std::size_t device;
  std::size_t host;
};
template <typename T>
GpuFitBytes gpu_fit_bytes(const NetworkConfig& config, const FitOptions& options, const FitTables& tables);

/// Bytes of a GPU that each run leaves alone, for what cannot be counted: kernels, and what a driver holds.
inline constexpr std::size_t kGpuReserve = std::size_t{128} << 20;

/// Bytes that fits together need on a GPU, with their tables and its reserve.
template <typename T>
std::size_t gpu_run_bytes(const std::vector<FitJob<T>>& jobs);

/// Throws ERR_MEMORY, with both figures, if the device has less than a fit needs.
template <typename T>
void require_memory(const Backend<T>& backend, std::size_t needed);

}  // namespace psilon
