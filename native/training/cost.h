#pragma once

#include <cstddef>

#include "backend/devices.h"
#include "network/config.h"

namespace psilon {

/// What networks of one shape are to do.
struct FitWork {
  std::size_t element;  // bytes of a parameter
  Index batch_size;
  Index steps;
  Index networks;
};

/// About how many seconds that takes: good enough to choose a device by (docs/devices-and-threads.md). threads: of a
/// CPU.
double fit_seconds(const DeviceInfo& device, const NetworkConfig& config, const FitWork& work, int threads);

}  // namespace psilon
