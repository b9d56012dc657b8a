#pragma once

#include <cuda_runtime.h>

#include <mutex>
#include <new>

#include "device_space.h"

/// What every function of the runtime's API has in common.
namespace psilon::cuda_host {

/// Held by the one host thread that is in the API, launches included.
std::mutex& mutex();
/// Of this host thread.
cudaError_t& last_error();

/// Throws the error that every call meets where there is no device.
void require_present();
/// Throws the error that every call meets which needs the device: a launch has failed.
void require_kept();
/// Every call that needs the device fails from now on.
void lose_device();

inline void require(bool holds, cudaError_t otherwise) {
  if (!holds) throw otherwise;
}

/// Runs the body of a call that asks what the device is; this a device that is lost still says. What it throws is the
/// call's and the thread's error.
template <typename Body>
cudaError_t ask(const Body& body) {
  struct Call {
    std::lock_guard<std::mutex> lock{mutex()};
    ~Call() { device_space().close(); }
  } const ongoing;
  try {
    require_present();
    body();
    return cudaSuccess;
  } catch (cudaError_t error) {
    return last_error() = error;
  } catch (const std::bad_alloc&) {
    return last_error() = cudaErrorMemoryAllocation;
  }
}

/// That of any other call, during which the device may work.
template <typename Body>
cudaError_t call(const Body& body) {
  return ask([&] {
    require_kept();
    body();
  });
}

}  // namespace psilon::cuda_host
