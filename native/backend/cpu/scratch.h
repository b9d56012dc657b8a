#pragma once

#include <cstdlib>
#include <string>
#include <utility>

#include "support/error.h"
#include "support/view.h"

namespace psilon::cpu {

/// Aligned to cache lines. Throws ERR_MEMORY.
inline void* allocate_aligned(std::size_t bytes) {
  constexpr std::size_t kAlignment = 64;
  void* memory = std::aligned_alloc(kAlignment, (bytes + kAlignment) / kAlignment * kAlignment);
  if (memory == nullptr) throw Error("ERR_MEMORY", "[cpu] " + std::to_string(bytes) + " bytes could not be allocated");
  return memory;
}

/// Memory that only grows; its contents do not outlive growth.
template <typename T>
class Scratch {
 public:
  Scratch() = default;
  Scratch(Scratch&& other) noexcept : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  Scratch& operator=(Scratch&&) = delete;
  ~Scratch() { std::free(data_); }

  void grow(Index size) {
    if (size <= size_) return;
    std::free(std::exchange(data_, nullptr));
    size_ = 0;
    data_ = static_cast<T*>(allocate_aligned(static_cast<std::size_t>(size) * sizeof(T)));
    size_ = size;
  }

  T* data() const { return data_; }

 private:
  T* data_ = nullptr;
  Index size_ = 0;
};

}  // namespace psilon::cpu
