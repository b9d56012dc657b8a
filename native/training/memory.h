#pragma once

#include <cstddef>

#include "backend/backend.h"
#include "network/config.h"
#include "training/dataset.h"

namespace psilon {

struct FitSize {
  Index rows;
  Index batch_size;
  bool prune;
};

/// Bytes that a network on the host holds.
std::size_t model_bytes(const NetworkConfig& config, std::size_t element);

/// Most bytes that a fit on this device holds at once besides the network and the tables, which fits share
/// (docs/devices-and-threads.md).
template <typename T>
std::size_t fit_bytes(const Backend<T>& backend, const NetworkConfig& config, const FitSize& size);

/// Bytes of rows, or null, that a device copies.
template <typename T>
std::size_t table_bytes(const Backend<T>& backend, const Rows<T>* rows);

/// Throws ERR_MEMORY, with both figures, where the device has less than a fit needs.
template <typename T>
void require_memory(const Backend<T>& backend, std::size_t needed);

/// Bytes of rows, or null, that a device copies.
template <typename T>
std::size_t table_bytes(const Backend<T>& backend, const Rows<T>* rows);

/// Throws ERR_MEMORY, with both figures, where the device has less than a fit needs.
template <typename T>
void require_memory(const Backend<T>& backend, std::size_t needed);

}  // namespace psilon
