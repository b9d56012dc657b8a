#pragma once

#include <deque>
#include <functional>
#include <utility>
#include <vector>

#include "backend/buffer.h"

namespace psilon {

/// Records of figures that a device writes as it goes, and who takes them when the host reads.
template <typename T>
class Log {
 public:
  /// Gets the figures of a record, then 1 where something that they belong to is not finite, else 0.
  using Reader = std::function<void(const double* figures)>;
  static constexpr Index kCapacity = 4096;  // numbers

  explicit Log(Backend<T>& backend) : backend_(backend), numbers_(backend, kCapacity), end_(backend, 1) {}

  /// Writes a record; an operation. diverged as in AppendFigures.
  void append(const double* figures, Index count, bool* diverged) {
    backend_.append_figures({figures, count, diverged, numbers_.data(), kCapacity, end_.data()});
  }

  /// Records of `count` figures that can be expected before the next download.
  Index room(Index count) const { return (kCapacity - (expected_ - downloaded_)) / (count + 1); }
  /// The next records to be written, and who takes each.
  void expect(Index count, Index records, Reader reader) {
    expected_ += (count + 1) * records;
    readers_.push_back({count + 1, records, std::move(reader)});
  }

  /// Waits for what is under way, and gets what was written.
  void download() {
    const Index end = end_.value();
    unread_.erase(unread_.begin(), unread_.begin() + std::exchange(read_, 0));
    while (downloaded_ < end) {
      const Index at = downloaded_ % kCapacity, count = std::min(end - downloaded_, kCapacity - at);
      const std::size_t before = unread_.size();
      unread_.resize(before + static_cast<std::size_t>(count));
      backend_.download(unread_.data() + before, numbers_.data() + at,
                        static_cast<std::size_t>(count) * sizeof(double));
      downloaded_ += count;
    }
  }
  /// Gives readers what was downloaded, until one throws.
  void hand_over() {
    while (!readers_.empty() && static_cast<Index>(unread_.size()) - read_ >= readers_.front().numbers) {
      Expected& next = readers_.front();
      const double* record = unread_.data() + read_;
      read_ += next.numbers;
      const Reader reader = next.reader;
      if (--next.records == 0) readers_.pop_front();
      reader(record);
    }
  }

 private:
  struct Expected {
    Index numbers;  // of a record
    Index records;
    Reader reader;
  };

  Backend<T>& backend_;
  Buffer<double> numbers_;
  Buffer<Index> end_;
  Index expected_ = 0, downloaded_ = 0;
  std::vector<double> unread_;
  std::ptrdiff_t read_ = 0;  // of those in unread_
  std::deque<Expected> readers_;
};

}  // namespace psilon
