#pragma once

#include <napi.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "training/fit.h"

namespace psilon::addon {

/// Reports one fit to JavaScript: finished epochs some ten times a second, snapshots, and its end once. If reporting
/// fails, the fit is cancelled and ends with that error.
class FitReporter final : public FitObserver, public std::enable_shared_from_this<FitReporter> {
 public:
  /// The first one is due after `first`, the next ones after `interval` each.
  struct Snapshots {
    Napi::FunctionReference on_snapshot;
    std::chrono::duration<double> first, interval;
  };

  FitReporter(Napi::Function on_epochs, std::optional<Snapshots> snapshots, Napi::Function on_end);

  /// Before the fit begins.
  void call_through(Napi::ThreadSafeFunction to_javascript) { to_javascript_ = to_javascript; }
  void cancel() { cancelled_ = true; }

  bool cancelled() override { return cancelled_; }
  void epoch_finished(const EpochRecord& record) override;
  bool snapshot_is_due() override;
  /// to_js makes it a value on the JavaScript thread; one that JavaScript has not yet received is replaced.
  void snapshot_taken(std::function<Napi::Value(Napi::Env)> to_js);

  // On the JavaScript thread.

  /// Epochs that were not reported, and the last snapshot.
  void report(Napi::Env env);
  void end(Napi::Value error, Napi::Value result);

 private:
  struct Unreported {
    std::vector<EpochRecord> epochs;
    std::function<Napi::Value(Napi::Env)> snapshot;
  };
  Unreported take_unreported();
  void call_javascript();

  Napi::FunctionReference on_epochs_, on_end_;
  std::optional<Snapshots> snapshots_;
  Napi::ThreadSafeFunction to_javascript_;
  std::atomic<bool> cancelled_ = false;
  std::chrono::steady_clock::time_point last_report_{}, next_snapshot_{};
  std::mutex mutex_;
  Unreported unreported_;
  bool call_is_due_ = false;  // to JavaScript, which may be busy for long
  std::optional<Napi::Error> failure_;
};

}  // namespace psilon::addon
