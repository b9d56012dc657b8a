#include <algorithm>
#include <memory>
#include <utility>

#include "addon/network_object.h"
#include "addon/rows_object.h"
#include "addon/tensors.h"
#include "addon/trainer_object.h"
#include "addon/training_job.h"
#include "network/evaluation.h"

/// The training of a network, and its parts for tests.
namespace psilon::addon {

Napi::Value NetworkObject::fit(const Napi::CallbackInfo& info) {
  const auto env = info.Env();
  return with_session(info, "fit", [&]<typename T>(SessionPointer<T>& session) -> Napi::Value {
    const auto& config = session->model().config;
    const auto from = info[2].As<Napi::Object>();
    const FitOptions options = fit_options(from);
    const int threads = thread_count(from.Get("threads"));
    typename TrainingJob<T>::Request request{
        .session = session,
        .train = RowsObject::shared<T>(info[0], config, options.objective.loss),
        .validation = nullptr,
        .options = options,
        .device = device_kind(from.Get("device")),
        .precision = precision(from.Get("precision")),
        .most_threads = std::max(threads, thread_count(from.Get("mostThreads"))),
        .threads = threads,
    };
    if (!info[1].IsNull()) request.validation = RowsObject::shared<T>(info[1], config, options.objective.loss);
    const auto job = std::make_shared<TrainingJob<T>>(std::move(request), info[3].As<Napi::Function>(),
                                                      info[4].As<Napi::Function>());
    const auto network = std::make_shared<Napi::ObjectReference>(Napi::Persistent(info.This().As<Napi::Object>()));
    job->start(env, [this, network](Model<T> trained) {
      auto& current = std::get<SessionPointer<T>>(session_);
      if (current) current = new_session(std::move(trained));
    });
    auto handle = Napi::Object::New(env);
    const auto cancel = [weak = std::weak_ptr(job)](const Napi::CallbackInfo&) {
      if (const auto running = weak.lock()) running->cancel();
    };
    const auto set_threads = [weak = std::weak_ptr(job)](const Napi::CallbackInfo& call) {
      if (const auto running = weak.lock()) running->set_threads(thread_count(call[0]));
    };
    handle.Set("cancel", Napi::Function::New(env, cancel, "cancel"));
    handle.Set("setThreads", Napi::Function::New(env, set_threads, "setThreads"));
    return handle;
  });
}

Napi::Value NetworkObject::trainer(const Napi::CallbackInfo& info) {
  return with_session(info, "trainer", [&]<typename T>(SessionPointer<T>& session) -> Napi::Value {
    const auto objective = objective_config(info[1].As<Napi::Object>());
    const auto data = shared_rows<T>(info[0].As<Napi::Object>(), session->model().config, objective.loss);
    auto whole = std::make_unique<WholeBatchTrainer<T>>(
        session->model(), data, objective, projection(info[2].ToString().Utf8Value()), device_kind(info[4]),
        precision(info[5]), thread_count(info[3]));
    return TrainerObject::create(info.Env(), std::move(whole));
  });
}

Napi::Value NetworkObject::evaluate(const Napi::CallbackInfo& info) {
  return with_session(info, "evaluate", [&]<typename T>(SessionPointer<T>& session) -> Napi::Value {
    const auto& model = session->model();
    const auto objective = objective_config(info[1].As<Napi::Object>());
    const auto data = rows<T>(info[0].As<Napi::Object>(), model.config, objective.loss);
    const auto backend = open_device<T>(device_kind(info[4]), thread_count(info[3]), nullptr, precision(info[5]));
    const auto evaluation = psilon::evaluate<T>(*backend, model, {data.count, data.x, data.y, data.weights}, objective,
                                                static_cast<T>(info[2].ToNumber().DoubleValue()));
    return to_js(info.Env(), model.config, evaluation);
  });
}

}  // namespace psilon::addon
