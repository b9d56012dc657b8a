#pragma once

#include <cstddef>

#include "backend/devices.h"
#include "network/config.h"

namespace psilon {

/// The work of networks of one shape.
struct FitWork {
  std::size_t element;  // bytes of a parameter
  Index batch_size;
  Index steps;
  Index networks;
};

/// Estimated seconds of the work, accurate enough to choose a device (docs/devices-and-threads.md). threads: of a CPU.
double fit_seconds(const DeviceInfo& device, const NetworkConfig& config, const FitWork& work, int threads);

}  // namespace psilon
