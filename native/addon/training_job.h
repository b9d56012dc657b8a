#pragma once

#include <napi.h>

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "addon/environment.h"
#include "addon/fit_reporter.h"
#include "addon/session.h"
#include "backend/devices.h"

namespace psilon::addon {

/// Fits together on a thread of their own.
template <typename T>
class TrainingJob final : public Job, public std::enable_shared_from_this<TrainingJob<T>> {
 public:
  struct Fit {
    SessionPointer<T> session;
    SharedRows<T> train, validation;
    FitOptions options;
    std::shared_ptr<const FitSnapshot<T>> from;  // may be null
    std::shared_ptr<FitReporter> reporter;
    /// Receives the trained model on the JavaScript thread, before the end is reported; an empty one if the fit was
    /// cancelled before there was any.
    std::function<void(Model<T>)> install;
  };
  struct Resources {
    DeviceKind device;
    Precision precision;
    int max_threads;
    int threads;  // initially
  };

  TrainingJob(std::vector<Fit> fits, const Resources& resources);

  void start(Napi::Env env);

  void cancel() override;
  void cancel(std::size_t fit) { fits_[fit].reporter->cancel(); }
  /// From the next batch on.
  void set_threads(int threads) { *thread_limit_ = threads; }
  void join() override;

 private:
  void train();
  static std::function<void(FitSnapshot<T>)> reporting_snapshots(const Fit& fit);
  /// On the JavaScript thread.
  void finish(Napi::Env env);
  void finish(Napi::Env env, std::size_t fit);

  std::vector<Fit> fits_;
  const Resources resources_;
  const std::shared_ptr<std::atomic<int>> thread_limit_;
  Napi::ThreadSafeFunction to_javascript_;
  std::thread thread_;

  std::vector<FitResult<T>> results_;  // empty if all fits failed at once
  std::optional<Error> failure_;
  std::string instruction_set_;
};

}  // namespace psilon::addon
