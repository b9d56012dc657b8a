#include "addon/training_job.h"

#include <utility>

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

const char* name_of(Stopped stopped) {
  return stopped == Stopped::Completed ? "completed" : stopped == Stopped::Cancelled ? "cancelled" : "early-stopping";
}

}  // namespace

template <typename T>
TrainingJob<T>::TrainingJob(Request request, Napi::Function on_epochs, Napi::Function on_end)
    : request_(std::move(request)),
      thread_limit_(std::make_shared<std::atomic<int>>(request_.threads)),
      on_epochs_(Napi::Persistent(on_epochs)),
      on_end_(Napi::Persistent(on_end)) {}

template <typename T>
void TrainingJob<T>::start(Napi::Env env, std::function<void(Model<T>)> install) {
  install_ = std::move(install);
  auto self = this->shared_from_this();
  Environment::of(env).begin(self);
  const auto ignored = Napi::Function::New(env, [](const Napi::CallbackInfo&) {});
  to_javascript_ = Napi::ThreadSafeFunction::New(env, ignored, "psilon fit", 0, 1, [self](Napi::Env) {});
  try {
    thread_ = std::thread([this] { train(); });
  } catch (...) {
    to_javascript_.Release();
    Environment::of(env).end(self);
    throw;
  }
}

template <typename T>
void TrainingJob<T>::join() {
  if (thread_.joinable()) thread_.join();
}

/// What is queued for JavaScript holds the job weakly: an environment that ends never frees its queue.
template <typename T>
void TrainingJob<T>::train() {
  try {
    const SessionPointer<T> session = std::move(request_.session);
    const auto backend = open_device<T>(request_.device, request_.most_threads, thread_limit_, request_.precision);
    instruction_set_ = backend->instruction_set();
    result_ = fit(*backend, session->model(), std::move(request_.train), std::move(request_.validation),
                  request_.options, *this);
    failure_ = result_->failure;
  } catch (...) {
    failure_ = current_error("fit");
  }
  to_javascript_.NonBlockingCall([job = this->weak_from_this()](Napi::Env env, Napi::Function) {
    if (const auto self = job.lock()) self->finish(env);
  });
  to_javascript_.Release();
}

template <typename T>
void TrainingJob<T>::epoch_finished(const EpochRecord& record) {
  const auto now = std::chrono::steady_clock::now();
  {
    const std::lock_guard lock(mutex_);
    unreported_.push_back(record);
  }
  if (now - last_report_ < kReportInterval) return;
  last_report_ = now;
  to_javascript_.NonBlockingCall([job = this->weak_from_this()](Napi::Env env, Napi::Function) {
    if (const auto self = job.lock()) self->report(env);
  });
}

template <typename T>
void TrainingJob<T>::report(Napi::Env env) {
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

template <typename T>
void TrainingJob<T>::finish(Napi::Env env) {
  const Napi::HandleScope scope(env);
  join();
  report(env);
  Environment::of(env).end(this->shared_from_this());
  const double seconds = result_ ? result_->seconds : 0;
  const double epoch = result_ ? static_cast<double>(result_->epoch) : 0;
  const char* stopped = result_ ? name_of(result_->stopped) : "";
  if (result_) install_(std::move(result_->model));
  install_ = nullptr;
  if (failure_) {
    call(on_end_, {to_js(env, *failure_).Value(), env.Null()});
    return;
  }
  auto end = Napi::Object::New(env);
  end.Set("stopped", stopped);
  end.Set("epoch", epoch);
  end.Set("seconds", seconds);
  end.Set("instructionSet", instruction_set_);
  call(on_end_, {env.Null(), end});
}

template class TrainingJob<float>;
template class TrainingJob<double>;

}  // namespace psilon::addon
