#pragma once

#include <cstddef>

#include "backend/devices.h"
#include "network/config.h"

namespace psilon {

/// About how many seconds so many steps take, with batches of so many rows: good enough to choose a device by
/// (docs/devices-and-threads.md). element: bytes of a parameter; threads: of a CPU.
double fit_seconds(const DeviceInfo& device, const NetworkConfig& config, std::size_t element, Index batch_size,
                   Index steps, int threads);

}  // namespace psilon
