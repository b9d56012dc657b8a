#pragma once

#include <cstddef>
#include <map>

namespace psilon::cuda_host {

/// The addresses of device memory. Who touches them while the device does not work is ended by the system.
class DeviceSpace {
 public:
  /// Whole pages. Throws cudaErrorMemoryAllocation.
  unsigned char* take(std::size_t bytes);
  void give_back(unsigned char* memory, std::size_t bytes);

  /// While the device works; where threads do not run in forward order, from then on.
  void open();
  void close();

 private:
  void reserve();
  void shrink();

  unsigned char* begin_ = nullptr;
  std::size_t size_ = 0;
  std::size_t used_ = 0;                        // from the beginning
  std::map<unsigned char*, std::size_t> free_;  // within what is used: no two of these pieces touch
  bool open_ = false;
};

/// The only one.
DeviceSpace& device_space();

}  // namespace psilon::cuda_host
