#pragma once

#include <memory>
#include <vector>

#include "backend/backend.h"
#include "backend/devices.h"

namespace psilon::cuda {

/// The GPUs of this machine, usable or not; where there is none, one entry that says why.
std::vector<DeviceInfo> list_devices();

/// Bytes that can still be allocated on the first GPU that can be used, which this opens. Throws ERR_DEVICE.
std::size_t free_memory();

/// The first GPU that can be used. Throws ERR_DEVICE with the reason why there is none.
template <typename T>
std::unique_ptr<Backend<T>> open(Precision precision);

}  // namespace psilon::cuda
