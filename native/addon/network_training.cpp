#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "addon/environment.h"
#include "addon/network_object.h"
#include "addon/rows_object.h"
#include "addon/tensors.h"
#include "addon/trainer_object.h"
#include "network/evaluation.h"

/// The training of a network, and its parts for tests.
namespace psilon::addon {

Napi::Value NetworkObject::fit(const Napi::CallbackInfo& info) {
  return guarded(info, "fit", [&]() -> Napi::Value {
    const auto requests = info[0].As<Napi::Array>();
    std::vector<Napi::Object> fits;
    for (std::uint32_t k = 0; k < requests.Length(); k++) fits.push_back(requests.Get(k).As<Napi::Object>());
    if (fits.empty()) throw Error("ERR_OPTION", "[native] expected one fit or more");
    return std::visit([&]<typename T>(const SessionPointer<T>&) { return start_fits<T>(info.Env(), fits); },
                      unwrapped(fits.front().Get("network")).session_);
  });
}

template <typename T>
Napi::Value NetworkObject::start_fits(Napi::Env env, const std::vector<Napi::Object>& requests) {
  const auto options = requests.front().Get("options").As<Napi::Object>();
  const int threads = thread_count(options.Get("threads"));
  const typename TrainingJob<T>::Resources resources{
      .device = device_kind(options.Get("device")),
      .precision = precision(options.Get("precision")),
      .most_threads = std::max(threads, thread_count(options.Get("mostThreads"))),
      .threads = threads,
  };
  std::vector<typename TrainingJob<T>::Fit> fits;
  for (const auto& request : requests) fits.push_back(fit_of<T>(request));
  const auto job = std::make_shared<TrainingJob<T>>(std::move(fits), resources);
  job->start(env);
  auto handles = Napi::Array::New(env, requests.size());
  for (std::uint32_t k = 0; k < requests.size(); k++) {
    auto handle = Napi::Object::New(env);
    const auto cancel = [k, weak = std::weak_ptr(job)](const Napi::CallbackInfo&) {
      if (const auto running = weak.lock()) running->cancel(k);
    };
    const auto set_threads = [weak = std::weak_ptr(job)](const Napi::CallbackInfo& call) {
      if (const auto running = weak.lock()) running->set_threads(thread_count(call[0]));
    };
    handle.Set("cancel", Napi::Function::New(env, cancel, "cancel"));
    handle.Set("setThreads", Napi::Function::New(env, set_threads, "setThreads"));
    handles.Set(k, handle);
  }
  return handles;
}

template <typename T>
typename TrainingJob<T>::Fit NetworkObject::fit_of(const Napi::Object& request) {
  NetworkObject& network = unwrapped(request.Get("network"));
  const auto session = std::get<SessionPointer<T>>(network.session_);
  if (!session) throw disposed();
  const auto& config = session->config();
  const FitOptions options = fit_options(request.Get("options").As<Napi::Object>());
  const auto rows = [&](const char* name) {
    return RowsObject::shared<T>(request.Get(name), config, options.objective.loss);
  };
  const auto callback = [&](const char* name) { return request.Get(name).As<Napi::Function>(); };
  const auto itself =
      std::make_shared<Napi::ObjectReference>(Napi::Persistent(request.Get("network").As<Napi::Object>()));
  return {
      .session = session,
      .train = rows("train"),
      .validation = request.Get("validation").IsNull() ? nullptr : rows("validation"),
      .options = options,
      .reporter = std::make_shared<FitReporter>(callback("onEpochs"), callback("onEnd")),
      .install =
          [&network, itself](Model<T> trained) {
            auto& current = std::get<SessionPointer<T>>(network.session_);
            if (current && !trained.values.empty()) current = new_session(std::move(trained));
          },
  };
}

NetworkObject& NetworkObject::unwrapped(const Napi::Value& value) {
  const auto& constructor = Environment::of(value.Env()).network_constructor;
  if (!value.IsObject() || !value.As<Napi::Object>().InstanceOf(constructor.Value()))
    throw Error("ERR_OPTION", "[native] expected a network");
  return *Unwrap(value.As<Napi::Object>());
}

Napi::Value NetworkObject::trainer(const Napi::CallbackInfo& info) {
  return with_session(info, "trainer", [&]<typename T>(SessionPointer<T>& session) -> Napi::Value {
    const auto objective = objective_config(info[1].As<Napi::Object>());
    const auto data = shared_rows<T>(info[0].As<Napi::Object>(), session->config(), objective.loss);
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
