#include "training/dataset.h"

#include <algorithm>
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
      rows_(backend.reads_host_memory() ? std::move(rows) : nullptr),
      batch_x_(backend, batch_size_ * inputs_),
      batch_y_(backend, batch_size_ * targets_),
      batch_weights_(backend, weights_.size() > 0 ? batch_size_ : 0),
      order_(static_cast<std::size_t>(count_)),
      device_order_(backend, count_) {}

template <typename T>
void Dataset<T>::shuffle(std::uint64_t seed, std::uint64_t epoch) {
  std::iota(order_.begin(), order_.end(), Index{0});
  Random(seed, kOrderStream + epoch).shuffle(order_);
  device_order_.upload(order_);
}

template <typename T>
Batch<T> Dataset<T>::shuffled_batch(Index k) {
  const Index first = k * batch_size_;
  const Index n = std::min(batch_size_, count_ - first);
  const Index* order = device_order_.data() + first;
  const auto gather = [&](const HostValues<T>& from, const Buffer<T>& to, Index cols) {
    backend_.gather_rows({{from.data(), count_, cols}, order, {to.data(), n, cols}});
  };
  gather(x_, batch_x_, inputs_);
  gather(y_, batch_y_, targets_);
  if (weights_.size() > 0) gather(weights_, batch_weights_, 1);
  return {{batch_x_.data(), n, inputs_}, batch_y_.data(), weights_.size() > 0 ? batch_weights_.data() : nullptr};
}

template <typename T>
Batch<T> Dataset<T>::batch(Index k) const {
  const Index first = k * batch_size_;
  const Index n = std::min(batch_size_, count_ - first);
  return {{x_.data() + first * inputs_, n, inputs_},
          y_.data() + first * targets_,
          weights_.size() > 0 ? weights_.data() + first : nullptr};
}

template class Dataset<float>;
template class Dataset<double>;

}  // namespace psilon
