#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

#include "backend/cpu/flush_to_zero.h"
#include "backend/cpu/thread_limit.h"
#include "support/view.h"

namespace psilon::cpu {

/// A team of threads, the caller being number 0. Work is cut into one contiguous range a thread. A thread is started
/// when it first gets a range, and is not woken when it gets none.
class ThreadPool {
 public:
  explicit ThreadPool(int threads, ThreadLimit limit = nullptr);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  /// Those that may work now; and ever, which is above every `thread` that `run` hands out.
  int threads() const {
    return limit_ ? std::clamp(limit_->load(std::memory_order_relaxed), 1, max_threads()) : max_threads();
  }
  int max_threads() const { return static_cast<int>(workers_.size()) + 1; }

  /// Calls work(begin, end, thread) on ranges that cover 0 .. count, none shorter than `grain` unless it is the only
  /// one. On every thread subnormal numbers are 0 meanwhile. Throws ERR_DEVICE where the system does not give the
  /// threads that could work from the beginning.
  template <typename Work>
  void run(Index count, Index grain, const Work& work) {
    const FlushToZero flush;
    const Index parts = std::min<Index>(threads(), count / std::max<Index>(grain, 1));
    if (parts <= 1) {
      if (count > 0) work(Index{0}, count, 0);
      return;
    }
    dispatch({[](const void* context, Index begin, Index end, int thread) {
                (*static_cast<const Work*>(context))(begin, end, thread);
              },
              &work, count, static_cast<int>(parts)});
  }

 private:
  struct Task {
    void (*call)(const void*, Index, Index, int);
    const void* context;
    Index count;
    int parts;
  };
  /// `round` counts the tasks that the worker has a part in. On cache lines of its own.
  struct alignas(64) Worker {
    std::atomic<std::uint32_t> round{0};
    std::thread thread;
  };

  void dispatch(Task task);
  void perform(int thread) const;
  void work(int thread);
  /// Throws ERR_DEVICE where the system gives fewer than could work from the beginning. Where it gives no more for a
  /// limit that was raised, those that there are go on.
  void start(int threads);
  void stop();

  Task task_{};
  ThreadLimit limit_;
  std::vector<Worker> workers_;
  const int initial_;  // threads that could work from the beginning
  int started_ = 1;    // threads that there are
  bool refused_ = false;
  std::atomic<std::uint32_t> pending_{0};
  std::atomic<bool> stopping_{false};
  bool polls_;
};

}  // namespace psilon::cpu
