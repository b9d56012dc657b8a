#pragma once

#include <cstddef>
#include <map>
#include <string>

#include "guarded.h"

namespace psilon::cuda_host {

/// What is allocated of one kind of memory.
class Pool {
 public:
  /// take and give_back: where the memory comes from
  Pool(unsigned char* (*take)(std::size_t bytes), void (*give_back)(unsigned char* memory, std::size_t bytes))
      : take_(take), give_back_(give_back) {}

  void* allocate(std::size_t bytes);
  /// False if nothing was allocated there.
  bool release(void* data);

  std::size_t bytes() const { return bytes_; }
  /// What a GPU would have taken for them: pieces of 2 MiB for those of 1 MiB or more, of 512 bytes for others.
  std::size_t rounded_bytes() const { return rounded_bytes_; }
  std::size_t blocks() const { return blocks_.size(); }
  /// What holds this byte, or null.
  const Guarded* find(const void* byte) const;
  /// Ends the process if somebody has written between allocations.
  void check_margins(const std::string& somebody) const;

 private:
  unsigned char* (*take_)(std::size_t);
  void (*give_back_)(unsigned char*, std::size_t);
  std::map<const void*, Guarded> blocks_;
  std::size_t bytes_ = 0, rounded_bytes_ = 0;
};

Pool& device_memory();
Pool& pinned_memory();

}  // namespace psilon::cuda_host
