#pragma once

#include <cstddef>
#include <cstring>
#include <vector>

#include "sanitizer.h"

namespace psilon::cuda_host {

/// Somebody's memory, full of NaN at first, between margins that nobody may touch.
class Guarded {
 public:
  /// What a Guarded of so many bytes needs.
  static std::size_t footprint(std::size_t bytes) { return bytes + 2 * kMargin; }

  Guarded(unsigned char* memory, std::size_t bytes) : memory_(memory), bytes_(bytes) {
    allow_access(memory, footprint(bytes));
    std::memset(memory, kFill, footprint(bytes));
    forbid_access(memory, kMargin);
    forbid_access(data() + bytes, kMargin);
  }

  unsigned char* memory() const { return memory_; }
  unsigned char* data() const { return memory_ + kMargin; }
  std::size_t size() const { return bytes_; }
  bool contains(const void* from, std::size_t bytes) const {
    const auto* first = static_cast<const unsigned char*>(from);
    return first >= data() && first <= data() + bytes_ && bytes <= static_cast<std::size_t>(data() + bytes_ - first);
  }

  /// Forgets what was written.
  void poison() const { std::memset(data(), kFill, bytes_); }
  /// Whether nothing was written before or behind it; AddressSanitizer tells by itself.
  bool intact() const {
    static const std::vector<unsigned char> margin(kMargin, kFill);
    return kAddressSanitizer || (std::memcmp(memory_, margin.data(), kMargin) == 0 &&
                                 std::memcmp(data() + bytes_, margin.data(), kMargin) == 0);
  }

 private:
  static constexpr std::size_t kMargin = 256;
  static constexpr unsigned char kFill = 0xff;

  unsigned char* memory_;
  std::size_t bytes_;
};

}  // namespace psilon::cuda_host
