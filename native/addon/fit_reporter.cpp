#include "addon/fit_reporter.h"

#include <utility>

#include "addon/convert.h"

namespace psilon::addon {

namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kReportInterval = std::chrono::milliseconds(100);

}  // namespace

FitReporter::FitReporter(Napi::Function on_epochs, std::optional<Snapshots> snapshots, Napi::Function on_end)
    : on_epochs_(Napi::Persistent(on_epochs)), on_end_(Napi::Persistent(on_end)), snapshots_(std::move(snapshots)) {
  if (snapshots_) next_snapshot_ = Clock::now() + std::chrono::duration_cast<Clock::duration>(snapshots_->first);
}

void FitReporter::epoch_finished(const EpochRecord& record) {
  const auto now = Clock::now();
  {
    const std::lock_guard lock(mutex_);
    unreported_.epochs.push_back(record);
    if (call_is_due_ || now - last_report_ < kReportInterval) return;
    call_is_due_ = true;
  }
  last_report_ = now;
  call_javascript();
}

bool FitReporter::snapshot_is_due() {
  if (!snapshots_) return false;
  const auto now = Clock::now();
  if (now < next_snapshot_) return false;
  next_snapshot_ = now + std::chrono::duration_cast<Clock::duration>(snapshots_->interval);
  return true;
}

void FitReporter::snapshot_taken(std::function<Napi::Value(Napi::Env)> to_js) {
  {
    const std::lock_guard lock(mutex_);
    unreported_.snapshot = std::move(to_js);
    if (std::exchange(call_is_due_, true)) return;
  }
  call_javascript();
}

/// What is queued for JavaScript holds the reporter weakly: an environment that ends never frees its queue.
void FitReporter::call_javascript() {
  to_javascript_.NonBlockingCall([reporter = weak_from_this()](Napi::Env env, Napi::Function) {
    if (const auto self = reporter.lock()) self->report(env);
  });
}

FitReporter::Unreported FitReporter::take_unreported() {
  const std::lock_guard lock(mutex_);
  call_is_due_ = false;
  return std::exchange(unreported_, {});
}

void FitReporter::report(Napi::Env env) {
  const auto [epochs, snapshot] = take_unreported();
  if (failure_) return;
  const Napi::HandleScope scope(env);
  try {
    if (!epochs.empty()) on_epochs_.Call({to_js(env, epochs)});
    if (snapshot) snapshots_->on_snapshot.Call({snapshot(env)});
  } catch (Napi::Error& error) {
    cancel();
    failure_ = std::move(error);
  }
}

/// An environment that is ending refuses all calls; nobody is left to receive the report.
void FitReporter::end(Napi::Value error, Napi::Value result) {
  const Napi::Env env = on_end_.Env();
  try {
    if (failure_)
      on_end_.Call({failure_->Value(), env.Null()});
    else
      on_end_.Call({error, result});
  } catch (const Napi::Error& uncaught) {
    try {
      napi_fatal_exception(env, uncaught.Value());
    } catch (const Napi::Error&) {
    }
  }
}

}  // namespace psilon::addon
