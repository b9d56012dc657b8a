#pragma once

#include <napi.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "training/fit.h"

namespace psilon::addon {

/// Reports one fit to JavaScript: finished epochs some ten times a second, and its end once. If reporting epochs fails,
/// the fit is cancelled and ends with that error.
class FitReporter final : public FitObserver, public std::enable_shared_from_this<FitReporter> {
 public:
  FitReporter(Napi::Function on_epochs, Napi::Function on_end);

  /// Before the fit begins.
  void call_through(Napi::ThreadSafeFunction to_javascript) { to_javascript_ = to_javascript; }
  void cancel() { cancelled_ = true; }

  bool cancelled() override { return cancelled_; }
  void epoch_finished(const EpochRecord& record) override;

  // On the JavaScript thread.

  /// Epochs that were not reported.
  void report(Napi::Env env);
  void end(Napi::Value error, Napi::Value result);

 private:
  std::vector<EpochRecord> take_unreported();

  Napi::FunctionReference on_epochs_, on_end_;
  Napi::ThreadSafeFunction to_javascript_;
  std::atomic<bool> cancelled_ = false;
  std::chrono::steady_clock::time_point last_report_{};
  std::mutex mutex_;
  std::vector<EpochRecord> unreported_;
  bool call_is_due_ = false;  // to JavaScript, which may be busy for long
  std::optional<Napi::Error> failure_;
};

}  // namespace psilon::addon
