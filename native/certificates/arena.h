#pragma once

#include <algorithm>
#include <memory>
#include <span>
#include <vector>

namespace psilon::certificates {

/// Memory for many short vectors that are freed together.
class Arena {
 public:
  /// `count` zeros, at an address that stays.
  std::span<double> zeros(std::size_t count) {
    if (count > left_) {
      left_ = std::max(count, kBlock);
      blocks_.push_back(std::make_unique_for_overwrite<double[]>(left_));
      next_ = blocks_.back().get();
    }
    const std::span<double> taken(next_, count);
    std::fill(taken.begin(), taken.end(), 0.0);
    next_ += count;
    left_ -= count;
    return taken;
  }
  std::span<double> copy(std::span<const double> of) {
    const auto to = zeros(of.size());
    std::copy(of.begin(), of.end(), to.begin());
    return to;
  }

 private:
  static constexpr std::size_t kBlock = 8192;

  std::vector<std::unique_ptr<double[]>> blocks_;
  double* next_ = nullptr;
  std::size_t left_ = 0;
};

}  // namespace psilon::certificates
