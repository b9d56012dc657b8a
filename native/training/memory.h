#pragma once

#include <cstddef>
#include <vector>

#include "backend/backend.h"
#include "network/config.h"
#include "training/fit.h"

namespace psilon {

struct FitSize {
  Index rows;
  Index batch_size;
  bool prune;

  template <typename Self, typename Visit>
  static void fields(Self& self, const Visit& visit) {
    visit("rows", self.rows);
    visit("batchSize", self.batch_size);
    visit("prune", self.prune);
  }
};

/// Bytes that a network on the host holds.
std::size_t model_bytes(const NetworkConfig& config, std::size_t element);

/// Most bytes that a fit on this device holds at once besides the network and the tables, which fits share
/// (docs/devices-and-threads.md).
template <typename T>
std::size_t fit_bytes(const Backend<T>& backend, const NetworkConfig& config, const FitSize& size);

/// The same of a fit on a GPU, which need not be open, and what it holds on the host. That on the device has what
/// rounding and graphs take besides.
struct GpuFitBytes {
  std::size_t device;
  std::size_t host;
};
template <typename T>
GpuFitBytes gpu_fit_bytes(const NetworkConfig& config, const FitSize& size);

/// Of a GPU's memory, for each run, where no formula counts: kernels, and what a driver holds.
inline constexpr std::size_t kGpuReserve = std::size_t{128} << 20;

/// That of fits together, with the tables that a device copies, and its reserve.
template <typename T>
std::size_t run_bytes(const Backend<T>& backend, const std::vector<FitJob<T>>& jobs);

/// Throws ERR_MEMORY, with both figures, where the device has less than a fit needs.
template <typename T>
void require_memory(const Backend<T>& backend, std::size_t needed);

}  // namespace psilon
