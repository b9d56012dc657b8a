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
Dataset<T>::Dataset(Backend<T>& backend, SharedRows<T> rows, Index batch_size)
    : backend_(backend),
      count_(rows->count),
      inputs_(rows->inputs),
      targets_(rows->targets),
      batch_size_(std::min(batch_size, rows->count)),
      x_(backend, rows->x),
      y_(backend, rows->y),
      weights_(backend, rows->weights),
      rows_(backend.reads_host_memory() ? std::move(rows) : nullptr) {}

template <typename T>
Batch<T> Dataset<T>::batch(Index k) const {
  const Index first = k * batch_size_;
  return {{x_.data() + first * inputs_, batch_rows(k), inputs_},
          y_.data() + first * targets_,
          weights_.size() > 0 ? weights_.data() + first : nullptr};
}

template <typename T>
ShuffledDataset<T>::ShuffledDataset(Backend<T>& backend, SharedRows<T> rows, Index batch_size)
    : Dataset<T>(backend, std::move(rows), batch_size),
      batch_x_(backend, this->batch_size_ * this->inputs_),
      batch_y_(backend, this->batch_size_ * this->targets_),
      batch_weights_(backend, this->weights_.size() > 0 ? this->batch_size_ : 0),
      order_(static_cast<std::size_t>(this->count_)),
      device_order_(backend, order_) {}

template <typename T>
void ShuffledDataset<T>::shuffle(std::uint64_t seed, std::uint64_t epoch) {
  std::iota(order_.begin(), order_.end(), Index{0});
  Random(seed, kOrderStream + epoch).shuffle(order_);
  device_order_.refresh(order_);
}

template <typename T>
Batch<T> ShuffledDataset<T>::shuffled_batch(const Index* first, Index n) {
  const auto gather = [&](const HostValues<T>& from, const Buffer<T>& to, Index cols) {
    this->backend_.gather_rows({{from.data(), this->count_, cols}, device_order_.data(), first, {to.data(), n, cols}});
  };
  const bool weighted = this->weights_.size() > 0;
  gather(this->x_, batch_x_, this->inputs_);
  gather(this->y_, batch_y_, this->targets_);
  if (weighted) gather(this->weights_, batch_weights_, 1);
  return {{batch_x_.data(), n, this->inputs_}, batch_y_.data(), weighted ? batch_weights_.data() : nullptr};
}

template class Dataset<float>;
template class Dataset<double>;
template class ShuffledDataset<float>;
template class ShuffledDataset<double>;

}  // namespace psilon
