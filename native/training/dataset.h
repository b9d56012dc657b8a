#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
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

/// Rows as a device reads them: on the host, or a copy.
template <typename T>
class DeviceRows {
 public:
  DeviceRows(Backend<T>& backend, SharedRows<T> rows);

  const Index count, inputs, targets;
  const HostValues<T> x, y, weights;

 private:
  const SharedRows<T> host_;  // while the device reads them
};

template <typename T>
using SharedDeviceRows = std::shared_ptr<const DeviceRows<T>>;

/// Rows on a device, one copy for all datasets that read them.
template <typename T>
class DeviceTables {
 public:
  explicit DeviceTables(Backend<T>& backend) : backend_(backend) {}

  SharedDeviceRows<T> share(const SharedRows<T>& rows) {
    SharedDeviceRows<T>& known = known_[rows.get()];
    if (!known) known = std::make_shared<const DeviceRows<T>>(backend_, rows);
    return known;
  }

 private:
  Backend<T>& backend_;
  std::map<const Rows<T>*, SharedDeviceRows<T>> known_;
};

/// Rows on a device, cut into batches.
template <typename T>
class Dataset {
 public:
  Dataset(Backend<T>& backend, SharedDeviceRows<T> rows, Index batch_size);

  Index rows() const { return rows_->count; }
  Index batch_size() const { return batch_size_; }
  Index batches() const { return (rows() + batch_size_ - 1) / batch_size_; }
  /// Rows of batch k.
  Index batch_rows(Index k) const { return std::min(batch_size_, rows() - k * batch_size_); }
  /// Batch k in the order of the rows. The last one may be smaller.
  Batch<T> batch(Index k) const;

 protected:
  Backend<T>& backend_;
  const SharedDeviceRows<T> rows_;
  const Index batch_size_;
};

/// The same in another order each epoch.
template <typename T>
class ShuffledDataset final : public Dataset<T> {
 public:
  ShuffledDataset(Backend<T>& backend, Backend<T>& host, SharedDeviceRows<T> rows, Index batch_size);

  /// A new order for each epoch, drawn from the seed.
  void shuffle(std::uint64_t seed, std::uint64_t epoch);
  /// n rows from `first` on, an index on the device, in the shuffled order; they stand until the next call.
  Batch<T> shuffled_batch(const Index* first, Index n);

 private:
  Buffer<T> batch_x_, batch_y_, batch_weights_;
  const Buffer<Index> order_;  // on the host
  HostValues<Index> device_order_;
};

}  // namespace psilon
