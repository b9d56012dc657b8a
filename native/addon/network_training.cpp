#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "addon/environment.h"
#include "addon/network_object.h"
#include "addon/rows_object.h"
#include "addon/snapshots.h"
#include "addon/tensors.h"

/// The training of a network.
namespace psilon::addon {

namespace {

bool is_given(const Napi::Value& value) { return !value.IsNull() && !value.IsUndefined(); }

std::optional<FitReporter::Snapshots> snapshots_of(const Napi::Object& request) {
  const auto given = request.Get("snapshots");
  if (!is_given(given)) return std::nullopt;
  const auto snapshots = given.As<Napi::Object>();
  const auto seconds = [&](const char* name) {
    return std::chrono::duration<double>(read_as<double>(snapshots.Get(name)));
  };
  return FitReporter::Snapshots{Napi::Persistent(snapshots.Get("onSnapshot").As<Napi::Function>()), seconds("first"),
                                seconds("interval")};
}

}  // namespace

Napi::Value NetworkObject::fit(const Napi::CallbackInfo& info) {
  return guarded(info, [&]() -> Napi::Value {
    const auto requests = info[0].As<Napi::Array>();
    std::vector<Napi::Object> fits;
    for (std::uint32_t k = 0; k < requests.Length(); k++) fits.push_back(requests.Get(k).As<Napi::Object>());
    if (fits.empty()) throw Error("ERR_OPTION", "expected one fit or more");
    return std::visit([&]<typename T>(const SessionPointer<T>&) { return start_fits<T>(info.Env(), fits); },
                      session_of(fits.front().Get("network")));
  });
}

template <typename T>
Napi::Value NetworkObject::start_fits(Napi::Env env, const std::vector<Napi::Object>& requests) {
  const auto options = requests.front().Get("options").As<Napi::Object>();
  const int threads = thread_count(options.Get("threads"));
  const typename TrainingJob<T>::Resources resources{
      .device = read_or(options.Get("device"), DeviceKind::Cpu),
      .precision = read_or(options.Get("precision"), Precision::Float32),
      .max_threads = std::max(threads, thread_count(options.Get("maxThreads"))),
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
  const auto session = std::get<SessionPointer<T>>(session_of(request.Get("network")));
  const auto& config = session->config();
  const FitOptions options = fit_options(request.Get("options"));
  const auto rows = [&](const char* name) {
    return RowsObject::shared<T>(request.Get(name), config, options.objective.loss);
  };
  const auto from = request.Get("from");
  const auto callback = [&](const char* name) { return request.Get(name).As<Napi::Function>(); };
  const auto itself =
      std::make_shared<Napi::ObjectReference>(Napi::Persistent(request.Get("network").As<Napi::Object>()));
  return {
      .session = session,
      .train = rows("train"),
      .validation = request.Get("validation").IsNull() ? nullptr : rows("validation"),
      .options = options,
      .from = is_given(from) ? snapshot_of<T>(from.As<Napi::Object>(), options.epochs) : nullptr,
      .reporter = std::make_shared<FitReporter>(callback("onEpochs"), snapshots_of(request), callback("onEnd")),
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
    throw Error("ERR_OPTION", "expected a network");
  return *Unwrap(value.As<Napi::Object>());
}

AnySession NetworkObject::session_of(const Napi::Value& network) {
  const AnySession& session = unwrapped(network).session_;
  if (std::visit([](const auto& of_dtype) { return !of_dtype; }, session)) throw disposed();
  return session;
}

}  // namespace psilon::addon
