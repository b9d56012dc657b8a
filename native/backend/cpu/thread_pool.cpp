#include "backend/cpu/thread_pool.h"

#include <chrono>
#include <string>
#include <system_error>
#include <utility>

#include "support/error.h"

namespace psilon::cpu {

namespace {

/// A wait polls so long before it goes to the kernel: longer than what a training step does on one thread, and than the
/// kernel takes to wake a thread, which on a virtual machine is some tens of microseconds.
constexpr auto kPolling = std::chrono::microseconds(200);
/// What a wait takes in which no thread has lost its processor.
constexpr auto kYielding = std::chrono::microseconds(10);

void pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

/// Waits until `value` is no longer `old`. While it polls, other threads that are ready to run on this processor go
/// first, perhaps the one that it waits for.
void await_change(const std::atomic<std::uint32_t>& value, std::uint32_t old, bool poll) {
  constexpr int kPollsPerLook = 32;
  if (poll) {
    const auto begin = std::chrono::steady_clock::now();
    for (auto now = begin; now < begin + kPolling; now = std::chrono::steady_clock::now()) {
      for (int i = 0; i < kPollsPerLook; i++) {
        if (value.load(std::memory_order_acquire) != old) return;
        pause();
      }
      if (now > begin + kYielding) std::this_thread::yield();
    }
  }
  value.wait(old, std::memory_order_acquire);
}

}  // namespace

ThreadPool::ThreadPool(int threads, ThreadLimit limit)
    : limit_(std::move(limit)),
      workers_(static_cast<std::size_t>(std::max(threads, 1) - 1)),
      initial_(this->threads()),
      polls_(threads <= static_cast<int>(std::thread::hardware_concurrency())) {}

ThreadPool::~ThreadPool() { stop(); }

void ThreadPool::start(int threads) {
  if (refused_) return;
  try {
    for (; started_ < threads; started_++)
      workers_[static_cast<std::size_t>(started_ - 1)].thread = std::thread([this, k = started_] { work(k); });
  } catch (const std::system_error&) {
    refused_ = true;
    if (started_ < initial_)
      throw Error("ERR_DEVICE", "the system gave " + std::to_string(started_) + " of " + std::to_string(initial_) +
                                    " threads; ask for fewer");
  }
}

void ThreadPool::stop() {
  stopping_ = true;
  for (auto& worker : workers_) {
    worker.round.fetch_add(1, std::memory_order_release);
    worker.round.notify_one();
    if (worker.thread.joinable()) worker.thread.join();
  }
}

void ThreadPool::dispatch(Task task) {
  if (task.parts > started_) start(task.parts);
  task.parts = std::min(task.parts, started_);
  task_ = task;
  pending_.store(static_cast<std::uint32_t>(task.parts - 1), std::memory_order_relaxed);
  for (int i = 0; i + 1 < task.parts; i++) {
    auto& round = workers_[static_cast<std::size_t>(i)].round;
    round.fetch_add(1, std::memory_order_release);
    round.notify_one();
  }
  perform(0);
  while (const std::uint32_t left = pending_.load(std::memory_order_acquire)) await_change(pending_, left, polls_);
}

void ThreadPool::perform(int thread) const {
  const Index begin = task_.count * thread / task_.parts;
  const Index end = task_.count * (thread + 1) / task_.parts;
  task_.call(task_.context, begin, end, thread);
}

void ThreadPool::work(int thread) {
  const FlushToZero flush;
  const auto& round = workers_[static_cast<std::size_t>(thread - 1)].round;
  for (std::uint32_t seen = 0;;) {
    await_change(round, seen, polls_);
    seen = round.load(std::memory_order_acquire);
    if (stopping_) return;
    perform(thread);
    if (pending_.fetch_sub(1, std::memory_order_acq_rel) == 1) pending_.notify_one();
  }
}

}  // namespace psilon::cpu
