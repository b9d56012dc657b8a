#pragma once

#include <utility>

#include "training/trainer.h"

namespace psilon {

/// The final model of a fit: parameters of a finished epoch, kept on the device and downloaded to the host now and
/// then.
template <typename T>
class KeptModel {
 public:
  /// max_size: of the parameters that it may keep.
  KeptModel(Backend<T>& backend, Backend<T>& host, const Model<T>& model, Index max_size)
      : backend_(backend), host_(host), config_(model.config), values_(host, max_size) {
    values_.upload(model.values);
    if (backend.reads_host_memory()) return;
    copy_ = Buffer<T>(backend, max_size);
    arrived_ = Buffer<T>(host, max_size);
  }

  /// Says that `keep` is about to copy the trainer's parameters.
  void prepare(const Trainer<T>& trainer) {
    kept_config_ = trainer.config();
    is_new_ = true;
  }
  /// Copies them on the device, unless something in them is not finite; an operation.
  void keep(const Trainer<T>& trainer) {
    const Buffer<T>& from = trainer.parameters();
    T* to = (backend_.reads_host_memory() ? values_ : copy_).data();
    backend_.keep({from.data(), from.size(), trainer.diverged(), to});
  }
  /// Gets the copy to the host, if there is a new one.
  void download() {
    if (!std::exchange(is_new_, false) || backend_.reads_host_memory()) return;
    backend_.download(arrived_.data(), copy_.data(), copy_.bytes());
    has_arrived_ = true;
  }
  /// What was kept last is of epoch 1, 2, ... and of this blend.
  void kept(Index epoch, double alpha) {
    kept_epoch_ = epoch;
    kept_alpha_ = alpha;
    if (backend_.reads_host_memory()) take();
  }
  /// Continues from the download, once everything kept before it has been reported.
  void take_downloaded() {
    if (!std::exchange(has_arrived_, false) || kept_epoch_ == epoch_) return;
    std::swap(values_, arrived_);
    take();
  }

  /// Goes on with what was kept of an epoch.
  void go_on(const Model<T>& model, Index epoch, double alpha) {
    values_.upload(model.values);
    kept_config_ = model.config;
    kept_epoch_ = epoch;
    kept_alpha_ = alpha;
    take();
  }

  /// Of what the host has.
  Index epoch() const { return epoch_; }
  /// Its parameters.
  HostVector<T> values() const {
    HostVector<T> values(static_cast<std::size_t>(ParameterLayout(config_).size()));
    host_.download(values.data(), values_.data(), values.size() * sizeof(T));
    return values;
  }
  T alpha() const { return static_cast<T>(alpha_); }
  Model<T> release() {
    copy_ = {};
    arrived_ = {};
    Model<T> model{config_, values()};
    values_ = {};
    return model;
  }

 private:
  void take() {
    config_ = kept_config_;
    epoch_ = kept_epoch_;
    alpha_ = kept_alpha_;
  }

  Backend<T>& backend_;
  Backend<T>& host_;
  NetworkConfig config_, kept_config_;
  Index epoch_ = 0, kept_epoch_ = 0;  // 0: the parameters that it began with
  double alpha_ = 0, kept_alpha_ = 0;
  Buffer<T> values_;          // on the host
  Buffer<T> copy_, arrived_;  // on another device, and what the host gets of it
  bool is_new_ = false;       // since the last download
  bool has_arrived_ = false;
};

}  // namespace psilon
