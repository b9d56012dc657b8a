#include "support/memory_count.h"

#include <atomic>

namespace psilon {

namespace {
std::atomic<std::size_t> current{0}, peak{0};
}

MemoryCount memory_count() { return {current, peak}; }

void reset_memory_peak() { peak = current.load(); }

void count_allocation(std::size_t bytes) {
  const std::size_t now = current.fetch_add(bytes) + bytes;
  std::size_t before = peak;
  while (now > before && !peak.compare_exchange_weak(before, now)) {
  }
}

void count_release(std::size_t bytes) { current -= bytes; }

}  // namespace psilon
