#pragma once

#include <algorithm>
#include <atomic>
#include <memory>
#include <mutex>
#include <utility>
#include <variant>

#include "backend/devices.h"
#include "network/predictor.h"

namespace psilon::addon {

/// One state of a network's parameters, which does not change, with what predictions need made at the first of them.
template <typename T>
class Session {
 public:
  explicit Session(Model<T> model) : model_(std::move(model)) {}

  const Model<T>& model() const { return model_; }

  /// use(predictor), one caller at a time, with memory for `rows` rows at once and so many threads.
  template <typename Use>
  auto with_predictor(Index rows, int threads, const Use& use) {
    constexpr Index kMostRows = 512, kMostRowsPerThread = 64;
    const std::lock_guard lock(mutex_);
    const Index wanted = std::clamp<Index>(rows, 1, std::max(kMostRows, kMostRowsPerThread * threads));
    if (!predictor_ || threads > threads_ || wanted > capacity_) {
      predictor_.reset();
      capacity_ = std::max(wanted, capacity_);
      threads_ = std::max(threads, threads_);
      *limit_ = threads;
      backend_ = open_cpu<T>(threads_, limit_);
      predictor_ = std::make_unique<Predictor<T>>(*backend_, model_, capacity_);
    }
    *limit_ = threads;
    backend_->adapt_threads();
    return use(*predictor_);
  }

 private:
  const Model<T> model_;
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

using AnySession = std::variant<SessionPointer<float>, SessionPointer<double>>;

}  // namespace psilon::addon
