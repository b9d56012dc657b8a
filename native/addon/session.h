#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <variant>

#include "backend/devices.h"
#include "network/initializers.h"
#include "network/predictor.h"

namespace psilon::addon {

/// One immutable state of a network's parameters; what its users need is made at first use.
template <typename T>
class Session {
 public:
  explicit Session(Model<T> model) : model_(std::move(model)) {}
  /// The state of a network before training, which is drawn from the seed when the model is first needed.
  Session(const NetworkConfig& config, std::uint64_t seed) : model_(zero_model<T>(config)), undrawn_(seed) {}

  const NetworkConfig& config() const { return model_.config; }
  const Model<T>& model() const {
    return *model([] { return false; });
  }
  /// Drawing a large network takes long: null if `stop` ended it, and it still has to be done.
  const Model<T>* model(const std::function<bool()>& stop) const {
    const std::lock_guard lock(drawing_);
    if (undrawn_ && !draw_initial_state(model_, *undrawn_, stop)) return nullptr;
    undrawn_.reset();
    return &model_;
  }

  /// Calls use(predictor), one caller at a time, with memory for `rows` rows at once and so many threads.
  template <typename Use>
  auto with_predictor(Index rows, int threads, const Use& use) {
    constexpr Index kMaxRows = 512, kMaxRowsPerThread = 64;
    const std::lock_guard lock(mutex_);
    const Index wanted = std::clamp<Index>(rows, 1, std::max(kMaxRows, kMaxRowsPerThread * threads));
    if (!predictor_ || threads > threads_ || wanted > capacity_) {
      predictor_.reset();
      capacity_ = std::max(wanted, capacity_);
      threads_ = std::max(threads, threads_);
      *limit_ = threads;
      backend_ = open_cpu<T>(threads_, limit_);
      predictor_ = std::make_unique<Predictor<T>>(*backend_, model(), capacity_);
    }
    *limit_ = threads;
    backend_->adapt_threads();
    return use(*predictor_);
  }

 private:
  mutable Model<T> model_;
  mutable std::optional<std::uint64_t> undrawn_;
  mutable std::mutex drawing_;
  std::mutex mutex_;
  const std::shared_ptr<std::atomic<int>> limit_ = std::make_shared<std::atomic<int>>(1);
  std::unique_ptr<Backend<T>> backend_;
  std::unique_ptr<Predictor<T>> predictor_;
  Index capacity_ = 0;
  int threads_ = 0;
};

template <typename T>
using SessionPointer = std::shared_ptr<Session<T>>;
template <typename T>
SessionPointer<T> new_session(Model<T> model) {
  return std::make_shared<Session<T>>(std::move(model));
}
template <typename T>
SessionPointer<T> new_session(const NetworkConfig& config, std::uint64_t seed) {
  return std::make_shared<Session<T>>(config, seed);
}

using AnySession = std::variant<SessionPointer<float>, SessionPointer<double>>;

}  // namespace psilon::addon
