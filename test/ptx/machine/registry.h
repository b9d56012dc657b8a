#pragma once

#include <cstddef>

namespace psilon::ptx {

/// A kernel that was translated.
struct Kernel {
  const char* name;       // mangled
  std::size_t bytes;      // of its argument
  std::size_t alignment;  // of that
  std::size_t shared;     // bytes of shared memory
  unsigned threads;       // the most of a block
  void (*run)(const unsigned char* argument);
};

/// Puts a kernel among those that are launched in the place of the host's.
struct Registration {
  explicit Registration(const Kernel& kernel);
};

/// The one of this name; null if there is none.
const Kernel* find_kernel(const char* name);

}  // namespace psilon::ptx
