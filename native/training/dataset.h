#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>

#include "backend/buffer.h"
#include "network/objective.h"

namespace psilon {

/// Rows on the host. y: `targets` values a row; weights empty for ones.
template <typename T>
struct Rows {
  Index count = 0;
  Index inputs = 0;
  Index targets = 0;
  HostVector<T> x, y, weights;
};

/// Rows that any number of datasets read at once.
template <typename T>
using SharedRows = std::shared_ptr<const Rows<T>>;

/// Rows as a device reads them, cut into batches.
template <typename T>
class Dataset {
 public:
  Dataset(Backend<T>& backend, SharedRows<T> rows, Index batch_size);

  Index rows() const { return count_; }
  Index batch_size() const { return batch_size_; }
  Index batches() const { return (count_ + batch_size_ - 1) / batch_size_; }
  /// Rows of batch k.
  Index batch_rows(Index k) const { return std::min(batch_size_, count_ - k * batch_size_); }
  /// Batch k in the order of the rows. The last one may be smaller.
  Batch<T> batch(Index k) const;

 protected:
  Backend<T>& backend_;
  Index count_, inputs_, targets_, batch_size_;
  HostValues<T> x_, y_, weights_;

 private:
  SharedRows<T> rows_;  // while the device reads them
};

/// The same in another order each epoch.
template <typename T>
class ShuffledDataset final : public Dataset<T> {
 public:
  ShuffledDataset(Backend<T>& backend, SharedRows<T> rows, Index batch_size);

  /// A new order for each epoch, drawn from the seed.
  void shuffle(std::uint64_t seed, std::uint64_t epoch);
  /// n rows from `first` on, an index on the device, in the shuffled order; they stand until the next call.
  Batch<T> shuffled_batch(const Index* first, Index n);

 private:
  Buffer<T> batch_x_, batch_y_, batch_weights_;
  HostVector<Index> order_;
  HostValues<Index> device_order_;
};

}  // namespace psilon
