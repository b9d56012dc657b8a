#include <optional>
#include <utility>
#include <vector>

#include "addon/async_call.h"
#include "addon/mean_prediction.h"
#include "addon/network_object.h"
#include "addon/tensors.h"
#include "network/certificate.h"

/// Bounds on how fast the mean of networks, or one network, can change.
namespace psilon::addon {

namespace {

/// For calls that must not wait for predictions on other threads.
template <typename T, typename Use>
auto with_own_predictor(const Model<T>& model, const Use& use) {
  const auto backend = open_cpu<T>(1);
  Predictor<T> predictor(*backend, model, 0);
  return use(predictor);
}

template <typename T>
Model<double> to_double(const Model<T>& model) {
  return {model.config, {model.values.begin(), model.values.end()}};
}

template <typename T, typename Use>
std::vector<std::vector<double>> for_each(const std::vector<SessionPointer<T>>& sessions, const Use& bounds_of) {
  std::vector<std::vector<double>> bounds;
  for (const auto& session : sessions) bounds.push_back(with_own_predictor(session->model(), bounds_of));
  return bounds;
}

/// Bounds of several networks are computed in double precision, like their mean.
template <typename T>
std::vector<LastLayer> last_layers(const std::vector<SessionPointer<T>>& sessions, Bound kind, Index rows,
                                   int threads) {
  const auto last_layer = [kind](auto& predictor) { return predictor.last_layer(kind); };
  if (sessions.size() == 1) return {sessions.front()->with_predictor(rows, threads, last_layer)};
  std::vector<LastLayer> layers(sessions.size());
  share_out(sessions.size(), threads,
            [&](std::size_t k) { layers[k] = with_own_predictor(to_double(sessions[k]->model()), last_layer); });
  return layers;
}

Index output_index(const Napi::Value& value, Index count) {
  const Index index = value.ToNumber().Int64Value();
  if (index < 0 || index >= count) throw Error("ERR_SHAPE", "there is no such output");
  return index;
}

}  // namespace

Napi::Value NetworkObject::certify(const Napi::CallbackInfo& info) {
  return with_sessions(info, [&]<typename T>(std::vector<SessionPointer<T>>& sessions) -> Napi::Value {
    const Index rows = row_count(info[3]);
    const Bound kind = read_as<Bound>(info[4]);
    const int threads = thread_count(info[5]);
    auto x = tables_for<T>(sessions, info[1], info[2], rows);
    auto work = [sessions = std::move(sessions), x = std::move(x), rows, kind, threads]() -> AsyncCall::Finish {
      auto outputs = mean_outputs_of(sessions, x, rows, threads);
      auto certificate = psilon::certify(last_layers(sessions, kind, rows, threads), outputs);
      return [outputs = std::move(outputs), certificate = std::move(certificate)](Napi::Env env) {
        auto object = Napi::Object::New(env);
        const auto& classes = certificate.classes;
        object.Set("classes", to_typed_array(env, classes.data(), classes.size()));
        object.Set("radii", to_js(env, certificate.radii));
        object.Set("outputs", to_js(env, outputs));
        return object;
      };
    };
    return AsyncCall::run(info.Env(), std::move(work));
  });
}

Napi::Value NetworkObject::path_norms(const Napi::CallbackInfo& info) {
  return with_sessions(info, [&](const auto& sessions) -> Napi::Value {
    const Bound kind = read_as<Bound>(info[1]);
    const auto norms =
        mean_path_norms(for_each(sessions, [kind](auto& predictor) { return predictor.output_path_norms(kind); }));
    auto object = Napi::Object::New(info.Env());
    object.Set("outputs", to_js(info.Env(), norms.outputs));
    object.Set("sum", norms.sum);
    object.Set("max", norms.max);
    return object;
  });
}

Napi::Value NetworkObject::influence(const Napi::CallbackInfo& info) {
  return with_sessions(info, [&](const auto& sessions) -> Napi::Value {
    for (const auto& session : sessions)
      if (session->config().inputs != sessions.front()->config().inputs)
        throw Error("ERR_SHAPE", "expected networks with the same inputs");
    const Bound kind = read_as<Bound>(info[1]);
    std::optional<Index> output;
    if (!info[2].IsNull()) output = output_index(info[2], sessions.front()->config().outputs);
    const auto influence_of = [&](auto& predictor) { return predictor.influence(kind, output); };
    return to_js(info.Env(), mean_bounds(for_each(sessions, influence_of)));
  });
}

Napi::Value NetworkObject::first_layer(const Napi::CallbackInfo& info) {
  return with_session(info, [&](const auto& session) -> Napi::Value {
    const auto first =
        with_own_predictor(to_double(session->model()), [](auto& predictor) { return predictor.first_layer(); });
    auto object = Napi::Object::New(info.Env());
    object.Set("units", static_cast<double>(first.units));
    object.Set("inputs", static_cast<double>(first.inputs));
    object.Set("weights", to_js(info.Env(), first.weights));
    object.Set("shares", to_js(info.Env(), first.shares));
    return object;
  });
}

}  // namespace psilon::addon
