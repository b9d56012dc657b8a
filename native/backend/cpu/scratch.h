#pragma once

#include <algorithm>
#include <cstdlib>
#include <string>
#include <utility>

#include "support/error.h"
#include "support/memory_count.h"
#include "support/view.h"

namespace psilon::cpu {

/// Aligned to cache lines. Throws ERR_MEMORY.
inline void* allocate_aligned(std::size_t bytes) {
  constexpr std::size_t kAlignment = 64;
  void* memory = std::aligned_alloc(kAlignment, (bytes + kAlignment) / kAlignment * kAlignment);
  if (memory == nullptr) throw Error("ERR_MEMORY", std::to_string(bytes) + " bytes could not be allocated");
  return memory;
}

/// Memory that only grows; its contents do not outlive growth.
template <typename T>
class Scratch {
 public:
  Scratch() = default;
  Scratch(Scratch&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)),
        size_(std::exchange(other.size_, 0)),
        wanted_(std::exchange(other.wanted_, 0)) {}
  Scratch& operator=(Scratch&&) = delete;
  ~Scratch() { release(); }

  /// Asks for that many elements, which `allocate` will give.
  void grow(Index size) { wanted_ = std::max(wanted_, size); }
  void allocate() {
    if (wanted_ <= size_) return;
    release();
    data_ = static_cast<T*>(allocate_aligned(bytes(wanted_)));
    size_ = wanted_;
    count_allocation(bytes(size_));
  }

  T* data() const { return data_; }
  std::size_t wanted_bytes() const { return bytes(wanted_); }

 private:
  static std::size_t bytes(Index size) { return static_cast<std::size_t>(size) * sizeof(T); }
  void release() {
    if (data_ == nullptr) return;
    std::free(std::exchange(data_, nullptr));
    count_release(bytes(std::exchange(size_, 0)));
  }

  T* data_ = nullptr;
  Index size_ = 0;
  Index wanted_ = 0;
};

}  // namespace psilon::cpu
