#pragma once

#include <memory>
#include <string>
#include <vector>

#include "backend/backend.h"

namespace psilon {

struct DeviceInfo {
  std::string name;
  std::string kind;
  std::string description;
  std::string instruction_set;
  bool available;
  /// Why the device cannot be used.
  std::string reason;
};

std::vector<DeviceInfo> list_devices();

/// The CPU with so many threads, the calling one included.
template <typename T>
std::unique_ptr<Backend<T>> open_cpu(int threads);

}  // namespace psilon
