#pragma once

#include <napi.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "addon/environment.h"
#include "addon/session.h"
#include "backend/devices.h"
#include "training/fit.h"

namespace psilon::addon {

/// One fit on a thread of its own. JavaScript hears of finished epochs some ten times a second, and of the end once.
template <typename T>
class TrainingJob final : public Job, public FitObserver, public std::enable_shared_from_this<TrainingJob<T>> {
 public:
  struct Request {
    SessionPointer<T> session;
    SharedRows<T> train, validation;
    FitOptions options;
    DeviceKind device;
    Precision precision;
    int most_threads;
    int threads;  // to begin with
  };

  TrainingJob(Request request, Napi::Function on_epochs, Napi::Function on_end);

  /// `install` gets the trained model on the JavaScript thread, before `on_end` is called.
  void start(Napi::Env env, std::function<void(Model<T>)> install);

  void cancel() override { cancelled_ = true; }
  /// From the next batch on.
  void set_threads(int threads) { *thread_limit_ = threads; }
  void join() override;

  bool cancelled() override { return cancelled_; }
  void epoch_finished(const EpochRecord& record) override;

 private:
  void train();
  /// On the JavaScript thread.
  void report(Napi::Env env);
  void finish(Napi::Env env);

  Request request_;
  const std::shared_ptr<std::atomic<int>> thread_limit_;
  Napi::FunctionReference on_epochs_, on_end_;
  std::function<void(Model<T>)> install_;
  Napi::ThreadSafeFunction to_javascript_;
  std::thread thread_;
  std::atomic<bool> cancelled_ = false;

  std::mutex mutex_;
  std::vector<EpochRecord> unreported_;
  std::chrono::steady_clock::time_point last_report_{};

  std::optional<FitResult<T>> result_;
  std::optional<Error> failure_;
  std::string instruction_set_;
};

}  // namespace psilon::addon
