#include "addon/network_object.h"

#include <algorithm>
#include <utility>

#include "addon/convert.h"
#include "addon/rows_object.h"
#include "addon/task.h"
#include "addon/tensors.h"
#include "addon/trainer_object.h"
#include "addon/training_job.h"
#include "network/compaction.h"
#include "network/initializers.h"
#include "network/pruning.h"
#include "support/error.h"

namespace psilon::addon {

namespace {

template <typename T>
SessionPointer<T> new_session(Model<T> model) {
  return std::make_shared<Session<T>>(std::move(model));
}

template <typename T>
const NetworkConfig& config_of(const SessionPointer<T>& session) {
  if (!session) throw Error("ERR_DISPOSED", "[network] the network has been disposed of");
  return session->model().config;
}

Index rows_argument(const Napi::Value& value) {
  const Index rows = value.ToNumber().Int64Value();
  if (rows < 1) throw Error("ERR_SHAPE", "[native] a table needs rows");
  return rows;
}

int threads_argument(const Napi::Value& value) { return std::clamp(value.ToNumber().Int32Value(), 1, 1024); }

template <typename T>
HostVector<T> table(const Napi::Value& x, Index rows, const NetworkConfig& config) {
  return values<T>(x, static_cast<std::size_t>(rows * config.inputs));
}

template <typename T>
HostVector<T> outputs_for(Session<T>& session, const HostVector<T>& x, Index rows, int threads) {
  HostVector<T> outputs(static_cast<std::size_t>(rows * session.model().config.outputs));
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

Index optional_index(const Napi::Value& value, Index count) {
  const Index index = value.ToNumber().Int64Value();
  if (index < 0 || index >= count) throw Error("ERR_SHAPE", "[native] there is no such output");
  return index;
}

}  // namespace

Napi::Function NetworkObject::define(Napi::Env env) {
  return DefineClass(env, "Network",
                     {
                         InstanceMethod<&NetworkObject::config>("config"),
                         InstanceMethod<&NetworkObject::parameters>("parameters"),
                         InstanceMethod<&NetworkObject::set_parameters>("setParameters"),
                         InstanceMethod<&NetworkObject::fit>("fit"),
                         InstanceMethod<&NetworkObject::predict>("predict"),
                         InstanceMethod<&NetworkObject::predict_sync>("predictSync"),
                         InstanceMethod<&NetworkObject::certify>("certify"),
                         InstanceMethod<&NetworkObject::output_path_norms>("outputPathNorms"),
                         InstanceMethod<&NetworkObject::influence>("influence"),
                         InstanceMethod<&NetworkObject::sparsity>("sparsity"),
                         InstanceMethod<&NetworkObject::prune>("prune"),
                         InstanceMethod<&NetworkObject::compact>("compact"),
                         InstanceMethod<&NetworkObject::dispose>("dispose"),
                         InstanceMethod<&NetworkObject::evaluate>("evaluate"),
                         InstanceMethod<&NetworkObject::trainer>("trainer"),
                     });
}

template <typename Use>
Napi::Value NetworkObject::with_session(const Napi::CallbackInfo& info, const char* operation, const Use& use) {
  return guarded(info, operation, [&] {
    return std::visit(
        [&](auto& session) -> Napi::Value {
          config_of(session);
          return use(session);
        },
        session_);
  });
}

void NetworkObject::account(Napi::BasicEnv env) {
  const std::int64_t bytes = std::visit(
      [](const auto& session) -> std::int64_t {
        if (!session) return 0;
        // the parameters, and their copy on the device once something is predicted
        return 2 * static_cast<std::int64_t>(session->model().values.size() * sizeof(session->model().values[0]));
      },
      session_);
  Napi::MemoryManagement::AdjustExternalMemory(env, bytes - accounted_);
  accounted_ = bytes;
}

void NetworkObject::Finalize(Napi::BasicEnv env) { Napi::MemoryManagement::AdjustExternalMemory(env, -accounted_); }

NetworkObject::NetworkObject(const Napi::CallbackInfo& info) : ObjectWrap(info) {
  guarded(info, "create", [&] {
    const auto from = info[0].As<Napi::Object>();
    const auto config = network_config(from);
    const auto seed = static_cast<std::uint64_t>(info[1].ToNumber().Int64Value());
    if (from.Get("dtype").ToString().Utf8Value() == "float64")
      session_ = new_session(initial_model<double>(config, seed));
    else
      session_ = new_session(initial_model<float>(config, seed));
    account(info.Env());
  });
}

Napi::Value NetworkObject::config(const Napi::CallbackInfo& info) {
  return with_session(info, "config", [&]<typename T>(SessionPointer<T>& session) -> Napi::Value {
    return to_js(info.Env(), session->model().config, sizeof(T) == 8);
  });
}

Napi::Value NetworkObject::parameters(const Napi::CallbackInfo& info) {
  return with_session(info, "parameters", [&](auto& session) -> Napi::Value {
    return parameters_to_js(info.Env(), session->model().config, session->model().values);
  });
}

Napi::Value NetworkObject::set_parameters(const Napi::CallbackInfo& info) {
  return with_session(info, "setParameters", [&]<typename T>(SessionPointer<T>& session) -> Napi::Value {
    auto given = model<T>(info[0].As<Napi::Object>(), session->model().config);
    check_parameters(given, "setParameters");
    session = new_session(std::move(given));
    return info.Env().Undefined();
  });
}

Napi::Value NetworkObject::fit(const Napi::CallbackInfo& info) {
  const auto env = info.Env();
  return with_session(info, "fit", [&]<typename T>(SessionPointer<T>& session) -> Napi::Value {
    const auto& config = session->model().config;
    const auto from = info[2].As<Napi::Object>();
    const FitOptions options = fit_options(from);
    const int threads = threads_argument(from.Get("threads"));
    typename TrainingJob<T>::Request request{
        .session = session,
        .train = RowsObject::shared<T>(info[0], config, options.objective.loss),
        .validation = nullptr,
        .options = options,
        .most_threads = std::max(threads, threads_argument(from.Get("mostThreads"))),
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
      if (const auto running = weak.lock()) running->set_threads(threads_argument(call[0]));
    };
    handle.Set("cancel", Napi::Function::New(env, cancel, "cancel"));
    handle.Set("setThreads", Napi::Function::New(env, set_threads, "setThreads"));
    return handle;
  });
}

Napi::Value NetworkObject::predict(const Napi::CallbackInfo& info) {
  return with_session(info, "predict", [&]<typename T>(SessionPointer<T>& session) -> Napi::Value {
    const Index rows = rows_argument(info[1]);
    const int threads = threads_argument(info[2]);
    auto x = table<T>(info[0], rows, session->model().config);
    return Task::run(info.Env(), "predict", [session, x = std::move(x), rows, threads]() -> Task::Finish {
      auto outputs = outputs_for(*session, x, rows, threads);
      return
          [outputs = std::move(outputs)](Napi::Env env) { return to_typed_array(env, outputs.data(), outputs.size()); };
    });
  });
}

Napi::Value NetworkObject::predict_sync(const Napi::CallbackInfo& info) {
  return with_session(info, "predict", [&]<typename T>(SessionPointer<T>& session) -> Napi::Value {
    const Index rows = rows_argument(info[1]);
    const auto x = table<T>(info[0], rows, session->model().config);
    const auto outputs = outputs_for(*session, x, rows, threads_argument(info[2]));
    return to_typed_array(info.Env(), outputs.data(), outputs.size());
  });
}

Napi::Value NetworkObject::certify(const Napi::CallbackInfo& info) {
  return with_session(info, "certify", [&]<typename T>(SessionPointer<T>& session) -> Napi::Value {
    const Index rows = rows_argument(info[1]);
    const Bound kind = bound(info[2]);
    const int threads = threads_argument(info[3]);
    auto x = table<T>(info[0], rows, session->model().config);
    return Task::run(info.Env(), "certify", [session, x = std::move(x), rows, kind, threads]() -> Task::Finish {
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
  return with_session(info, "pathNorm", [&](auto& session) -> Napi::Value {
    const Bound kind = bound(info[0]);
    const auto norms = with_own_predictor(*session, [&](auto& predictor) { return predictor.output_path_norms(kind); });
    return to_js(info.Env(), norms);
  });
}

Napi::Value NetworkObject::influence(const Napi::CallbackInfo& info) {
  return with_session(info, "influence", [&](auto& session) -> Napi::Value {
    const Bound kind = bound(info[0]);
    std::optional<Index> output;
    if (!info[1].IsNull()) output = optional_index(info[1], session->model().config.outputs);
    const auto bounds =
        with_own_predictor(*session, [&](auto& predictor) { return predictor.influence(kind, output); });
    return to_js(info.Env(), bounds);
  });
}

Napi::Value NetworkObject::sparsity(const Napi::CallbackInfo& info) {
  return with_session(info, "sparsity", [&]<typename T>(SessionPointer<T>& session) -> Napi::Value {
    const auto backend = open_cpu<T>(1);
    const ParameterLayout layout(session->model().config);
    const Buffer<T> values(*backend, session->model().values);
    auto report = SparsityMeter<T>(*backend, layout, session->model().config.pruned).report(values.data());
    // The rows of a pruned network are their own projection.
    if (session->model().config.pruned) {
      report.mean.projected = report.mean.exact;
      for (auto& layer : report.layers) layer.projected = layer.exact;
    }
    auto object = to_js(info.Env(), report);
    object.Set("sparseKernels", predicts_sparse(*backend, session->model()));
    return object;
  });
}

Napi::Value NetworkObject::prune(const Napi::CallbackInfo& info) {
  return with_session(info, "prune", [&]<typename T>(SessionPointer<T>& session) -> Napi::Value {
    const auto target = prune_target(info[0].As<Napi::Object>());
    require_reachable(session->model(), target, "prune");
    session = new_session(psilon::prune(*open_cpu<T>(1), session->model(), target, "prune"));
    return info.Env().Undefined();
  });
}

Napi::Value NetworkObject::compact(const Napi::CallbackInfo& info) {
  return with_session(info, "compact", [&](auto& session) -> Napi::Value {
    session = new_session(psilon::compact(session->model()));
    return info.Env().Undefined();
  });
}

Napi::Value NetworkObject::dispose(const Napi::CallbackInfo& info) {
  std::visit([](auto& session) { session.reset(); }, session_);
  account(info.Env());
  return info.Env().Undefined();
}

Napi::Value NetworkObject::evaluate(const Napi::CallbackInfo& info) {
  return with_session(info, "evaluate", [&]<typename T>(SessionPointer<T>& session) -> Napi::Value {
    const auto& model = session->model();
    const auto objective = objective_config(info[1].As<Napi::Object>());
    const auto data = rows<T>(info[0].As<Napi::Object>(), model.config, objective.loss);
    const auto backend = open_cpu<T>(threads_argument(info[3]));
    const auto evaluation = psilon::evaluate<T>(*backend, model, {data.count, data.x, data.y, data.weights}, objective,
                                                static_cast<T>(info[2].ToNumber().DoubleValue()));
    return to_js(info.Env(), model.config, evaluation);
  });
}

Napi::Value NetworkObject::trainer(const Napi::CallbackInfo& info) {
  return with_session(info, "trainer", [&]<typename T>(SessionPointer<T>& session) -> Napi::Value {
    const auto objective = objective_config(info[1].As<Napi::Object>());
    const auto data = shared_rows<T>(info[0].As<Napi::Object>(), session->model().config, objective.loss);
    return TrainerObject::create(
        info.Env(),
        std::make_unique<WholeBatchTrainer<T>>(session->model(), data, objective,
                                               projection(info[2].ToString().Utf8Value()), threads_argument(info[3])));
  });
}

}  // namespace psilon::addon
