#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "backend/cuda/event.h"
#include "support/view.h"

namespace psilon::cuda {

/// Keeps the host ahead of a stream, so that it never runs dry, but by no more than two groups of repetitions, each
/// some hundredths of a second long.
class Pace {
 public:
  explicit Pace(cudaStream_t stream) : stream_(stream) {}

  /// Repetitions that may be launched before the next `launched`.
  Index room() const { return group_ - launched_; }
  /// After so many launches: at the end of a group it waits for the end of the one before.
  void launched(Index count) {
    launched_ += count;
    if (launched_ < group_) return;
    launched_ = 0;
    ends_[turn_].record(stream_);
    turn_ = 1 - turn_;
    ends_[turn_].wait();
    adapt();
  }

 private:
  using Clock = std::chrono::steady_clock;

  /// Twice as many after a short time, half as many after a long one.
  void adapt() {
    const auto now = Clock::now(), before = std::exchange(ended_, now);
    if (now - before < std::chrono::milliseconds(10)) group_ = std::min<Index>(2 * group_, 1024);
    if (now - before > std::chrono::milliseconds(40)) group_ = std::max<Index>(group_ / 2, 1);
  }

  cudaStream_t stream_;
  std::array<Event, 2> ends_;
  int turn_ = 0;
  Index group_ = 1, launched_ = 0;
  Clock::time_point ended_ = Clock::now();
};

}  // namespace psilon::cuda
