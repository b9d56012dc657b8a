#include <optional>
#include <utility>

#include "addon/network_object.h"
#include "addon/task.h"
#include "addon/tensors.h"
#include "network/certificates.h"

/// What a network says of rows, and what bounds that.
namespace psilon::addon {

namespace {

Index rows_argument(const Napi::Value& value) {
  const Index rows = value.ToNumber().Int64Value();
  if (rows < 1) throw Error("ERR_SHAPE", "a table needs rows");
  return rows;
}

template <typename T>
HostVector<T> table(const Napi::Value& x, Index rows, const NetworkConfig& config) {
  return values<T>(x, static_cast<std::size_t>(rows * config.inputs));
}

template <typename T>
HostVector<T> outputs_for(Session<T>& session, const HostVector<T>& x, Index rows, int threads) {
  HostVector<T> outputs(static_cast<std::size_t>(rows * session.config().outputs));
  session.with_predictor(rows, threads, [&](auto& predictor) { predictor.predict(x.data(), rows, outputs.data()); });
  return outputs;
}

/// For what must not wait for predictions elsewhere.
template <typename T, typename Use>
auto with_own_predictor(const Session<T>& session, const Use& use) {
  const auto backend = open_cpu<T>(1);
  Predictor<T> predictor(*backend, session.model(), 0);
  return use(predictor);
}

Index output_index(const Napi::Value& value, Index count) {
  const Index index = value.ToNumber().Int64Value();
  if (index < 0 || index >= count) throw Error("ERR_SHAPE", "there is no such output");
  return index;
}

}  // namespace

Napi::Value NetworkObject::predict(const Napi::CallbackInfo& info) {
  return with_session(info, [&]<typename T>(SessionPointer<T>& session) -> Napi::Value {
    const Index rows = rows_argument(info[1]);
    const int threads = thread_count(info[2]);
    auto x = table<T>(info[0], rows, session->config());
    return Task::run(info.Env(), [session, x = std::move(x), rows, threads]() -> Task::Finish {
      auto outputs = outputs_for(*session, x, rows, threads);
      return
          [outputs = std::move(outputs)](Napi::Env env) { return to_typed_array(env, outputs.data(), outputs.size()); };
    });
  });
}

Napi::Value NetworkObject::predict_sync(const Napi::CallbackInfo& info) {
  return with_session(info, [&]<typename T>(SessionPointer<T>& session) -> Napi::Value {
    const Index rows = rows_argument(info[1]);
    const NetworkConfig& config = session->config();
    const T* x = elements<T>(info[0], static_cast<std::size_t>(rows * config.inputs));
    T* outputs = elements<T>(info[3], static_cast<std::size_t>(rows * config.outputs));
    session->with_predictor(rows, thread_count(info[2]), [&](auto& predictor) { predictor.predict(x, rows, outputs); });
    return info.Env().Undefined();
  });
}

Napi::Value NetworkObject::certify(const Napi::CallbackInfo& info) {
  return with_session(info, [&]<typename T>(SessionPointer<T>& session) -> Napi::Value {
    const Index rows = rows_argument(info[1]);
    const Bound kind = read_as<Bound>(info[2]);
    const int threads = thread_count(info[3]);
    auto x = table<T>(info[0], rows, session->config());
    return Task::run(info.Env(), [session, x = std::move(x), rows, kind, threads]() -> Task::Finish {
      const auto outputs = outputs_for(*session, x, rows, threads);
      auto certificates = session->with_predictor(
          rows, threads, [&](auto& predictor) { return psilon::certify(predictor, outputs, kind); });
      return [certificates = std::move(certificates)](Napi::Env env) {
        auto object = Napi::Object::New(env);
        const auto& classes = certificates.classes;
        object.Set("classes", to_typed_array(env, classes.data(), classes.size()));
        object.Set("radii", to_js(env, certificates.radii));
        return object;
      };
    });
  });
}

Napi::Value NetworkObject::output_path_norms(const Napi::CallbackInfo& info) {
  return with_session(info, [&](auto& session) -> Napi::Value {
    const Bound kind = read_as<Bound>(info[0]);
    const auto norms = with_own_predictor(*session, [&](auto& predictor) { return predictor.output_path_norms(kind); });
    return to_js(info.Env(), norms);
  });
}

Napi::Value NetworkObject::influence(const Napi::CallbackInfo& info) {
  return with_session(info, [&](auto& session) -> Napi::Value {
    const Bound kind = read_as<Bound>(info[0]);
    std::optional<Index> output;
    if (!info[1].IsNull()) output = output_index(info[1], session->config().outputs);
    const auto bounds =
        with_own_predictor(*session, [&](auto& predictor) { return predictor.influence(kind, output); });
    return to_js(info.Env(), bounds);
  });
}

}  // namespace psilon::addon
