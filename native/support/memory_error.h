#pragma once

#include <cstddef>
#include <cstdio>
#include <string>

#include "support/error.h"

namespace psilon {

inline std::string megabytes(std::size_t bytes) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f MB", static_cast<double>(bytes) / 1e6);
  return text;
}

/// ERR_MEMORY: a device has less than is needed; both in bytes.
inline Error memory_error(std::size_t needed, std::size_t available) {
  return Error("ERR_MEMORY", "needs " + megabytes(needed) + " of the device, " + megabytes(available) + " is free",
               {{"needed", static_cast<double>(needed)}, {"available", static_cast<double>(available)}});
}

}  // namespace psilon
