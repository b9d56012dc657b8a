#include "round_trip.h"

#include <atomic>
#include <chrono>
#include <cstdint>

#include "backend/cpu/thread_pool.h"

namespace psilon::cpu {

double round_trip() {
  using Clock = std::chrono::steady_clock;
  constexpr std::uint32_t kWarmUp = 1000, kTrips = 4000;
  alignas(64) std::atomic<std::uint32_t> count{0};
  std::chrono::duration<double> taken{};
  const auto await = [&](std::uint32_t value) {
    while (count.load(std::memory_order_acquire) != value) {
    }
  };
  ThreadPool pool(2);
  pool.run(2, 1, [&](Index, Index, int thread) {
    Clock::time_point begin;
    for (std::uint32_t trip = 0; trip < kWarmUp + kTrips; trip++) {
      if (trip == kWarmUp) begin = Clock::now();
      if (thread == 0) {
        count.store(2 * trip + 1, std::memory_order_release);
        await(2 * trip + 2);
      } else {
        await(2 * trip + 1);
        count.store(2 * trip + 2, std::memory_order_release);
      }
    }
    if (thread == 0) taken = Clock::now() - begin;
  });
  return taken.count() / kTrips;
}

}  // namespace psilon::cpu
