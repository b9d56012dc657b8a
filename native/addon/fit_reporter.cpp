#include "addon/fit_reporter.h"

#include <utility>

#include "addon/convert.h"

namespace psilon::addon {

namespace {

constexpr auto kReportInterval = std::chrono::milliseconds(100);

}  // namespace

FitReporter::FitReporter(Napi::Function on_epochs, Napi::Function on_end)
    : on_epochs_(Napi::Persistent(on_epochs)), on_end_(Napi::Persistent(on_end)) {}

/// What is queued for JavaScript holds the reporter weakly: an environment that ends never frees its queue.
void FitReporter::epoch_finished(const EpochRecord& record) {
  const auto now = std::chrono::steady_clock::now();
  {
    const std::lock_guard lock(mutex_);
    unreported_.push_back(record);
    if (call_is_due_ || now - last_report_ < kReportInterval) return;
    call_is_due_ = true;
  }
  last_report_ = now;
  to_javascript_.NonBlockingCall([reporter = weak_from_this()](Napi::Env env, Napi::Function) {
    if (const auto self = reporter.lock()) self->report(env);
  });
}

std::vector<EpochRecord> FitReporter::take_unreported() {
  const std::lock_guard lock(mutex_);
  call_is_due_ = false;
  return std::exchange(unreported_, {});
}

void FitReporter::report(Napi::Env env) {
  const auto records = take_unreported();
  if (records.empty() || failure_) return;
  const Napi::HandleScope scope(env);
  try {
    on_epochs_.Call({to_js(env, records)});
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
