#pragma once

#include <utility>

#include "training/trainer.h"

namespace psilon {

/// The model that a fit ends with: parameters of a finished epoch, kept on the device, which the host gets now and
/// then.
template <typename T>
class KeptModel {
 public:
  KeptModel(Backend<T>& backend, Model<T> model) : backend_(backend), model_(std::move(model)) {}

  /// Makes room for the trainer's parameters, which `keep` is about to copy.
  void prepare(const Trainer<T>& trainer) {
    config_ = trainer.config();
    place_ = place(trainer.parameters().size());
    kept_ = true;
  }
  /// Copies them on the device, unless something in them is not finite; an operation.
  void keep(const Trainer<T>& trainer) {
    const Buffer<T>& from = trainer.parameters();
    backend_.keep({from.data(), from.size(), trainer.stray(), place_});
  }
  /// Gets the copy to the host, where `take` finds it.
  void download() {
    if (!std::exchange(kept_, false) || backend_.reads_host_memory()) return;
    copy_.download(arrived_);
    has_arrived_ = true;
  }
  /// The copy on the host is of this epoch, and of this blend.
  void take(Index epoch, double alpha) {
    if (std::exchange(has_arrived_, false)) std::swap(model_.values, arrived_);
    model_.config = config_;
    epoch_ = epoch;
    alpha_ = alpha;
  }

  Index epoch() const { return epoch_; }
  T alpha() const { return static_cast<T>(alpha_); }
  Model<T> release() {
    copy_ = {};
    return std::move(model_);
  }

 private:
  T* place(Index size) {
    if (backend_.reads_host_memory()) {
      model_.values.reserve(static_cast<std::size_t>(size));  // no more, which resize alone might take
      model_.values.resize(static_cast<std::size_t>(size));
      return model_.values.data();
    }
    if (copy_.size() != size) copy_ = Buffer<T>(backend_, size);
    return copy_.data();
  }

  Backend<T>& backend_;
  Model<T> model_;
  NetworkConfig config_;
  Index epoch_ = 0;
  double alpha_ = 0;
  Buffer<T> copy_;
  T* place_ = nullptr;
  bool kept_ = false;  // since the last download
  HostVector<T> arrived_;
  bool has_arrived_ = false;
};

}  // namespace psilon
