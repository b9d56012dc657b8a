#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

#include "support/view.h"

namespace psilon::cpu {

/// A fixed team of threads, the caller being number 0. Work is cut into one contiguous range a thread; idle threads
/// sleep.
class ThreadPool {
 public:
  explicit ThreadPool(int threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  int threads() const { return static_cast<int>(workers_.size()) + 1; }

  /// Calls work(begin, end, thread) on ranges that cover 0 .. count, none shorter than `grain` unless it is the only
  /// one.
  template <typename Work>
  void run(Index count, Index grain, const Work& work) {
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

  void dispatch(const Task& task);
  void perform(int thread) const;
  void work(int thread);
  void stop();

  Task task_{};
  std::vector<std::thread> workers_;
  std::atomic<std::uint32_t> round_{0};
  std::atomic<std::uint32_t> pending_{0};
  std::atomic<bool> stopping_{false};
  int spins_;
};

}  // namespace psilon::cpu
