#include "addon/training_job.h"

#include <utility>

#include "addon/convert.h"
#include "addon/snapshots.h"

namespace psilon::addon {

template <typename T>
TrainingJob<T>::TrainingJob(std::vector<Fit> fits, const Resources& resources)
    : fits_(std::move(fits)),
      resources_(resources),
      thread_limit_(std::make_shared<std::atomic<int>>(resources.threads)) {}

template <typename T>
void TrainingJob<T>::start(Napi::Env env) {
  auto self = this->shared_from_this();
  Environment::of(env).begin(self);
  const auto ignored = Napi::Function::New(env, [](const Napi::CallbackInfo&) {});
  to_javascript_ = Napi::ThreadSafeFunction::New(env, ignored, "psilon fit", 0, 1, [self](Napi::Env) {});
  for (const Fit& fit : fits_) fit.reporter->call_through(to_javascript_);
  try {
    thread_ = std::thread([this] { train(); });
  } catch (...) {
    to_javascript_.Release();
    Environment::of(env).end(self);
    throw;
  }
}

template <typename T>
void TrainingJob<T>::cancel() {
  for (const Fit& fit : fits_) fit.reporter->cancel();
}

template <typename T>
void TrainingJob<T>::join() {
  if (thread_.joinable()) thread_.join();
}

template <typename T>
std::function<void(FitSnapshot<T>)> TrainingJob<T>::reporting_snapshots(const Fit& fit) {
  return [&reporter = *fit.reporter](FitSnapshot<T> taken) {
    const auto snapshot = std::make_shared<const FitSnapshot<T>>(std::move(taken));
    reporter.snapshot_taken([snapshot](Napi::Env env) { return snapshot_to_js(env, *snapshot); });
  };
}

/// What is queued for JavaScript holds the job weakly: an environment that ends never frees its queue.
template <typename T>
void TrainingJob<T>::train() {
  try {
    const auto backend = open_device<T>(resources_.device, resources_.max_threads, thread_limit_, resources_.precision);
    instruction_set_ = backend->instruction_set();
    FitResult<T> unbegun{};
    unbegun.stopped = Stopped::Cancelled;
    results_.resize(fits_.size(), unbegun);
    std::vector<SessionPointer<T>> sessions;
    std::vector<FitJob<T>> jobs;
    std::vector<std::size_t> begun;
    for (std::size_t k = 0; k < fits_.size(); k++) {
      Fit& fit = fits_[k];
      sessions.push_back(std::move(fit.session));
      const Model<T>* model = sessions.back()->model([&] { return fit.reporter->cancelled(); });
      if (model == nullptr) continue;
      begun.push_back(k);
      jobs.push_back({*model, std::move(fit.train), std::move(fit.validation), std::move(fit.options), *fit.reporter,
                      std::move(fit.from), reporting_snapshots(fit)});
    }
    auto results = begun.empty() ? std::vector<FitResult<T>>() : fit_together(*backend, std::move(jobs));
    for (std::size_t i = 0; i < begun.size(); i++) results_[begun[i]] = std::move(results[i]);
  } catch (...) {
    failure_ = current_error();
  }
  to_javascript_.NonBlockingCall([job = this->weak_from_this()](Napi::Env env, Napi::Function) {
    if (const auto self = job.lock()) self->finish(env);
  });
  to_javascript_.Release();
}

template <typename T>
void TrainingJob<T>::finish(Napi::Env env) {
  const Napi::HandleScope scope(env);
  join();
  for (const Fit& fit : fits_) fit.reporter->report(env);
  Environment::of(env).end(this->shared_from_this());
  for (std::size_t k = 0; k < fits_.size(); k++) finish(env, k);
}

template <typename T>
void TrainingJob<T>::finish(Napi::Env env, std::size_t fit) {
  const Napi::HandleScope scope(env);
  const auto install = std::exchange(fits_[fit].install, nullptr);
  FitReporter& reporter = *fits_[fit].reporter;
  auto failure = failure_;
  if (!failure) {
    try {
      install(std::move(results_[fit].model));
      failure = results_[fit].failure;
    } catch (...) {
      failure = current_error();
    }
  }
  if (failure) return reporter.end(to_js(env, *failure).Value(), env.Null());
  const FitResult<T>& result = results_[fit];
  auto end = Napi::Object::New(env);
  end.Set("stopped", name_of(result.stopped));
  end.Set("epoch", static_cast<double>(result.epoch));
  end.Set("kept", result.kept ? to_js(env, std::vector{*result.kept}) : env.Null());
  end.Set("seconds", result.seconds);
  end.Set("instructionSet", instruction_set_);
  reporter.end(env.Null(), end);
}

template class TrainingJob<float>;
template class TrainingJob<double>;

}  // namespace psilon::addon
