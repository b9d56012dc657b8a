#pragma once

#include <algorithm>
#include <deque>
#include <functional>
#include <utility>
#include <vector>

#include "backend/buffer.h"

namespace psilon {

/// Records of figures that a device writes as it runs, and their readers on the host.
template <typename T>
class Log {
 public:
  /// Receives the figures of a record, then 1 if something that they belong to is not finite, else 0.
  using Reader = std::function<void(const double* figures)>;
  static constexpr Index kCapacity = 4096;  // numbers

  Log(Backend<T>& backend, Backend<T>& host)
      : backend_(backend),
        numbers_(backend, kCapacity),
        end_(backend, 1),
        copy_(backend.reads_host_memory() ? Buffer<double>() : Buffer<double>(host, kCapacity)) {}

  /// Writes a record; an operation. diverged as in AppendFigures.
  void append(const double* figures, Index count, bool* diverged) {
    backend_.append_figures({figures, count, diverged, numbers_.data(), kCapacity, end_.data()});
  }

  /// Records of `count` figures that can be expected before the host reads.
  Index room(Index count) const { return (kCapacity - (expected_ - read_)) / (count + 1); }
  /// The next records to be written, and who takes each.
  void expect(Index count, Index records, Reader reader) {
    expected_ += (count + 1) * records;
    readers_.push_back({count + 1, records, std::move(reader)});
  }

  /// Waits for running operations, and downloads the written records.
  void download() {
    const Index end = end_.value();
    while (downloaded_ < end) {
      const Index at = downloaded_ % kCapacity, count = std::min(end - downloaded_, kCapacity - at);
      const std::size_t bytes = static_cast<std::size_t>(count) * sizeof(double);
      if (copy_.size() > 0) backend_.download(copy_.data() + at, numbers_.data() + at, bytes);
      downloaded_ += count;
    }
  }
  /// Passes downloaded records to their readers, until one throws.
  void hand_over() {
    const double* numbers = (copy_.size() > 0 ? copy_ : numbers_).data();
    while (!readers_.empty() && downloaded_ - read_ >= readers_.front().numbers) {
      Expected& next = readers_.front();
      record_.clear();
      while (static_cast<Index>(record_.size()) < next.numbers) record_.push_back(numbers[read_++ % kCapacity]);
      const Reader reader = next.reader;
      if (--next.records == 0) readers_.pop_front();
      reader(record_.data());
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
  Buffer<double> copy_;  // on the host, of a device whose memory it does not read
  Index expected_ = 0, downloaded_ = 0, read_ = 0;
  std::vector<double> record_;
  std::deque<Expected> readers_;
};

}  // namespace psilon
