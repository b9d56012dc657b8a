#pragma once

#include <cuda_runtime.h>

#include <cuda_host/launch.h>
#include <cuda_host/tf32.h>

#include "numbers.h"

namespace psilon::ptx {

using cuda_host::position;

/// A thread of a translated kernel: the memories it sees, each access checked, and how it meets others. Shared and
/// local memory and the argument have addresses from 0 on. `line` is that of the instruction.
class Thread {
 public:
  Thread(const char* source, const unsigned char* argument, u64 argument_bytes, u64 shared_bytes, unsigned char* local,
         u64 local_bytes);

  unsigned char* global(u64 address, u64 bytes, int line) const {
    if (address % bytes == 0 && address >= known_first && address <= known_last && bytes <= known_last - address)
      return as_pointer(address);
    return find_global(address, bytes, line);
  }
  unsigned char* shared(u64 address, u64 bytes, int line) const {
    if (!fits(address, bytes, shared_bytes_)) refuse("shared", address, bytes, line);
    return shared_ + address;
  }
  unsigned char* local(u64 address, u64 bytes, int line) const {
    if (!fits(address, bytes, local_bytes_)) refuse("local", address, bytes, line);
    return local_ + address;
  }
  const unsigned char* parameter(u64 address, u64 bytes, int line) const {
    if (!fits(address, bytes, argument_bytes_)) refuse("parameter", address, bytes, line);
    return argument_ + address;
  }

  void meet(int line) const { cuda_host::meet_block({"bar.sync", file, line}, false); }
  void meet_warp(u32 lanes, int line) const { cuda_host::meet_warp({"bar.warp.sync", file, line, lanes}, false); }

  struct Moved {
    u32 bits;
    bool inside;
  };
  Moved shuffle_xor(u32 bits, u32 lanes, u32 clamp, u32 mask, int line) const;

  const char* const file;

 private:
  static bool fits(u64 address, u64 bytes, u64 size) {
    return address % bytes == 0 && address <= size && bytes <= size - address;
  }
  static unsigned char* as_pointer(u64 address) { return reinterpret_cast<unsigned char*>(address); }
  unsigned char* find_global(u64 address, u64 bytes, int line) const;
  [[noreturn]] void refuse(const char* space, u64 address, u64 bytes, int line) const;

  /// Of the device memory that was touched last.
  static inline u64 known_first = 1, known_last = 0;

  const unsigned char* const argument_;
  unsigned char* const shared_;
  unsigned char* const local_;
  const u64 argument_bytes_, shared_bytes_, local_bytes_;
};

inline u32 atomic_add(unsigned char* at, u32 by) {
  const u32 before = load<u32>(at);
  store<u32>(at, before + by);
  return before;
}

}  // namespace psilon::ptx
