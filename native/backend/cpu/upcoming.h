#pragma once

#include "support/view.h"

namespace psilon::cpu::PSILON_LEVEL {

/// Memory that is needed soon, of which a product fetches a cache line with each of its steps, so that reading from
/// beyond the second-level cache hides behind its arithmetic.
class Upcoming {
 public:
  static constexpr Index kLine = 64;

  template <typename T>
  void add(const T* data, Index count) {
    const char* begin = reinterpret_cast<const char*>(data);
    if (count_ < kMostRanges) ranges_[count_++] = {begin, begin + count * static_cast<Index>(sizeof(T))};
  }

  /// The next `lines` lines, of one range, or more than it has; `none` where nothing is left.
  const char* take(Index lines, const void* none) {
    if (at_ == count_) return static_cast<const char*>(none);
    const char* next = ranges_[at_].begin;
    ranges_[at_].begin += lines * kLine;
    if (ranges_[at_].begin >= ranges_[at_].end) at_++;
    return next;
  }

 private:
  static constexpr int kMostRanges = 8;
  struct Range {
    const char* begin;
    const char* end;
  };
  Range ranges_[kMostRanges];
  int count_ = 0;
  int at_ = 0;
};

}  // namespace psilon::cpu::PSILON_LEVEL
