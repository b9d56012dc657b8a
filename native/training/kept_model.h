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
    is_new_ = true;
  }
  /// Copies them on the device, unless something in them is not finite; an operation.
  void keep(const Trainer<T>& trainer) {
    const Buffer<T>& from = trainer.parameters();
    backend_.keep({from.data(), from.size(), trainer.diverged(), place_});
  }
  /// Gets the copy to the host, if there is a new one.
  void download() {
    if (!std::exchange(is_new_, false) || backend_.reads_host_memory()) return;
    copy_.download(arrived_);
    has_arrived_ = true;
  }
  /// What was kept last is of epoch 1, 2, ... and of this blend.
  void kept(Index epoch, double alpha) {
    kept_epoch_ = epoch;
    kept_alpha_ = alpha;
    if (backend_.reads_host_memory()) take();
  }
  /// Goes on with what was downloaded, once all that was kept before is told.
  void take_downloaded() {
    if (!std::exchange(has_arrived_, false) || kept_epoch_ == epoch_) return;
    std::swap(model_.values, arrived_);
    take();
  }

  /// Of what the host has.
  Index epoch() const { return epoch_; }
  T alpha() const { return static_cast<T>(alpha_); }
  Model<T> release() {
    copy_ = {};
    return std::move(model_);
  }

 private:
  void take() {
    model_.config = config_;
    epoch_ = kept_epoch_;
    alpha_ = kept_alpha_;
  }
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
  Index epoch_ = 0, kept_epoch_ = 0;  // 0: the parameters that it began with
  double alpha_ = 0, kept_alpha_ = 0;
  Buffer<T> copy_;
  T* place_ = nullptr;
  bool is_new_ = false;  // since the last download
  HostVector<T> arrived_;
  bool has_arrived_ = false;
};

}  // namespace psilon
