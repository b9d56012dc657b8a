#pragma once

#include <cstddef>
#include <memory>
#include <vector>

namespace psilon {

/// Bytes that the core holds for numbers, on the host and on devices: now, and the most at once since the last reset.
struct MemoryCount {
  std::size_t current;
  std::size_t peak;
};

MemoryCount memory_count();
void reset_memory_peak();

void count_allocation(std::size_t bytes);
void count_release(std::size_t bytes);

template <typename T>
struct CountingAllocator {
  using value_type = T;

  CountingAllocator() = default;
  template <typename Other>
  CountingAllocator(const CountingAllocator<Other>&) noexcept {}

  T* allocate(std::size_t count) {
    T* memory = std::allocator<T>().allocate(count);
    count_allocation(count * sizeof(T));
    return memory;
  }
  void deallocate(T* memory, std::size_t count) noexcept {
    std::allocator<T>().deallocate(memory, count);
    count_release(count * sizeof(T));
  }
  bool operator==(const CountingAllocator&) const = default;
};

/// Parameters and rows on the host.
template <typename T>
using HostVector = std::vector<T, CountingAllocator<T>>;

}  // namespace psilon
