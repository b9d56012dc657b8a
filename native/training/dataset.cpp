#include "training/dataset.h"

#include <numeric>
#include <utility>

#include "support/random.h"

namespace psilon {

namespace {
/// Keeps the order of rows independent of the initial weights, which draw from streams 0 .. depth of the same seed.
constexpr std::uint64_t kOrderStream = std::uint64_t{1} << 32;
}  // namespace

template <typename T>
DeviceRows<T>::DeviceRows(Backend<T>& backend, SharedRows<T> rows)
    : count(rows->count),
      inputs(rows->inputs),
      targets(rows->targets),
      x(backend, rows->x),
      y(backend, rows->y),
      weights(backend, rows->weights),
      host_(backend.reads_host_memory() ? std::move(rows) : nullptr) {}

template <typename T>
Dataset<T>::Dataset(Backend<T>& backend, SharedDeviceRows<T> rows, Index batch_size)
    : backend_(backend), rows_(std::move(rows)), batch_size_(std::min(batch_size, rows_->count)) {}

template <typename T>
Batch<T> Dataset<T>::batch(Index k) const {
  const Index first = k * batch_size_;
  return {{rows_->x.data() + first * rows_->inputs, batch_rows(k), rows_->inputs},
          rows_->y.data() + first * rows_->targets,
          rows_->weights.size() > 0 ? rows_->weights.data() + first : nullptr};
}

template <typename T>
ShuffledDataset<T>::ShuffledDataset(Backend<T>& backend, Backend<T>& host, SharedDeviceRows<T> rows, Index batch_size)
    : Dataset<T>(backend, std::move(rows), batch_size),
      batch_x_(backend, this->batch_size_ * this->rows_->inputs),
      batch_y_(backend, this->batch_size_ * this->rows_->targets),
      batch_weights_(backend, this->rows_->weights.size() > 0 ? this->batch_size_ : 0),
      order_(host, this->rows_->count),
      device_order_(backend, order_.values()) {}

template <typename T>
void ShuffledDataset<T>::shuffle(std::uint64_t seed, std::uint64_t epoch) {
  const std::span<Index> order = order_.values();
  std::iota(order.begin(), order.end(), Index{0});
  Random(seed, kOrderStream + epoch).shuffle(order);
  device_order_.refresh(order);
}

template <typename T>
Batch<T> ShuffledDataset<T>::shuffled_batch(const Index* first, Index n) {
  const DeviceRows<T>& rows = *this->rows_;
  const auto gather = [&](const HostValues<T>& from, const Buffer<T>& to, Index cols) {
    this->backend_.gather_rows({{from.data(), rows.count, cols}, device_order_.data(), first, {to.data(), n, cols}});
  };
  const bool weighted = rows.weights.size() > 0;
  gather(rows.x, batch_x_, rows.inputs);
  gather(rows.y, batch_y_, rows.targets);
  if (weighted) gather(rows.weights, batch_weights_, 1);
  return {{batch_x_.data(), n, rows.inputs}, batch_y_.data(), weighted ? batch_weights_.data() : nullptr};
}

template class DeviceRows<float>;
template class DeviceRows<double>;
template class Dataset<float>;
template class Dataset<double>;
template class ShuffledDataset<float>;
template class ShuffledDataset<double>;

}  // namespace psilon
