#include "backend/cpu/thread_pool.h"

#include <string>
#include <system_error>

#include "support/error.h"

namespace psilon::cpu {

namespace {

/// Polls this often before a wait goes to the kernel: some tens of microseconds, about what waking a thread costs.
constexpr int kSpins = 1000;

void pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

/// Waits until `value` is no longer `old`.
void await_change(const std::atomic<std::uint32_t>& value, std::uint32_t old, int spins) {
  for (int i = 0; i < spins; i++) {
    if (value.load(std::memory_order_acquire) != old) return;
    pause();
  }
  value.wait(old, std::memory_order_acquire);
}

}  // namespace

ThreadPool::ThreadPool(int threads) {
  spins_ = threads <= static_cast<int>(std::thread::hardware_concurrency()) ? kSpins : 0;
  workers_.reserve(static_cast<std::size_t>(std::max(threads, 1) - 1));
  try {
    for (int i = 1; i < threads; i++) workers_.emplace_back([this, i] { work(i); });
  } catch (const std::system_error&) {
    const std::size_t started = workers_.size() + 1;
    stop();
    throw Error("ERR_DEVICE", "[cpu] the system gave " + std::to_string(started) + " of " + std::to_string(threads) +
                                  " threads; ask for fewer");
  }
}

ThreadPool::~ThreadPool() { stop(); }

void ThreadPool::stop() {
  stopping_ = true;
  round_.fetch_add(1, std::memory_order_release);
  round_.notify_all();
  for (auto& worker : workers_) worker.join();
}

void ThreadPool::dispatch(const Task& task) {
  task_ = task;
  pending_.store(static_cast<std::uint32_t>(workers_.size()), std::memory_order_relaxed);
  round_.fetch_add(1, std::memory_order_release);
  round_.notify_all();
  perform(0);
  while (const std::uint32_t left = pending_.load(std::memory_order_acquire)) await_change(pending_, left, spins_);
}

void ThreadPool::perform(int thread) const {
  if (thread >= task_.parts) return;
  const Index begin = task_.count * thread / task_.parts;
  const Index end = task_.count * (thread + 1) / task_.parts;
  task_.call(task_.context, begin, end, thread);
}

void ThreadPool::work(int thread) {
  for (std::uint32_t seen = 0;;) {
    await_change(round_, seen, spins_);
    seen = round_.load(std::memory_order_acquire);
    if (stopping_) return;
    perform(thread);
    if (pending_.fetch_sub(1, std::memory_order_acq_rel) == 1) pending_.notify_one();
  }
}

}  // namespace psilon::cpu
