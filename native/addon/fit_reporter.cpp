#include "addon/fit_reporter.h"

#include "addon/convert.h"

namespace psilon::addon {

namespace {

constexpr auto kReportInterval = std::chrono::milliseconds(100);

/// An environment that is ending refuses calls; there is nobody left to hear of it.
void call(const Napi::FunctionReference& function, const std::initializer_list<napi_value>& arguments) {
  try {
    function.Call(arguments);
  } catch (const Napi::Error&) {
  }
}

}  // namespace

FitReporter::FitReporter(Napi::Function on_epochs, Napi::Function on_end)
    : on_epochs_(Napi::Persistent(on_epochs)), on_end_(Napi::Persistent(on_end)) {}

/// What is queued for JavaScript holds the reporter weakly: an environment that ends never frees its queue.
void FitReporter::epoch_finished(const EpochRecord& record) {
  const auto now = std::chrono::steady_clock::now();
  {
    const std::lock_guard lock(mutex_);
    unreported_.push_back(record);
  }
  if (now - last_report_ < kReportInterval) return;
  last_report_ = now;
  to_javascript_.NonBlockingCall([reporter = weak_from_this()](Napi::Env env, Napi::Function) {
    if (const auto self = reporter.lock()) self->report(env);
  });
}

void FitReporter::report(Napi::Env env) {
  std::vector<EpochRecord> records;
  {
    const std::lock_guard lock(mutex_);
    records.swap(unreported_);
  }
  if (records.empty()) return;
  const Napi::HandleScope scope(env);
  auto epochs = Napi::Array::New(env, records.size());
  for (std::uint32_t i = 0; i < records.size(); i++) epochs.Set(i, to_js(env, records[i]));
  call(on_epochs_, {epochs});
}

void FitReporter::end(Napi::Value error, Napi::Value result) { call(on_end_, {error, result}); }

}  // namespace psilon::addon
