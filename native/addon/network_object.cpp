#include "addon/network_object.h"

#include <utility>

#include "addon/tensors.h"
#include "network/compaction.h"
#include "network/parameter_check.h"
#include "network/pruning.h"
#include "network/sparsity.h"

namespace psilon::addon {

Napi::Function NetworkObject::define(Napi::Env env) {
  return DefineClass(env, "Network",
                     {
                         InstanceMethod<&NetworkObject::config>("config"),
                         InstanceMethod<&NetworkObject::parameters>("parameters"),
                         InstanceMethod<&NetworkObject::set_parameters>("setParameters"),
                         InstanceMethod<&NetworkObject::sparsity>("sparsity"),
                         InstanceMethod<&NetworkObject::prune>("prune"),
                         InstanceMethod<&NetworkObject::compact>("compact"),
                         InstanceMethod<&NetworkObject::dispose>("dispose"),
                         InstanceMethod<&NetworkObject::predict>("predict"),
                         InstanceMethod<&NetworkObject::predict_sync>("predictSync"),
                         InstanceMethod<&NetworkObject::first_layer>("firstLayer"),
                     });
}

NetworkObject::NetworkObject(const Napi::CallbackInfo& info) : ObjectWrap(info) {
  guarded(info, [&] {
    const auto config = network_config(info[0]);
    session_ = with_dtype(dtype_of(info[0]), [&]<typename T>(T) -> AnySession {
      if (info[2].IsObject()) return new_session(model<T>(info[2].As<Napi::Object>(), config));
      return new_session<T>(config, read_as<std::uint64_t>(info[1]));
    });
    account(info.Env());
  });
}

void NetworkObject::Finalize(Napi::BasicEnv env) { Napi::MemoryManagement::AdjustExternalMemory(env, -accounted_); }

Napi::Value NetworkObject::config(const Napi::CallbackInfo& info) {
  return with_session(info, [&]<typename T>(SessionPointer<T>& session) -> Napi::Value {
    return to_js(info.Env(), session->config(), kDtypeOf<T>);
  });
}

Napi::Value NetworkObject::parameters(const Napi::CallbackInfo& info) {
  return with_session(info, [&](auto& session) -> Napi::Value {
    return parameters_to_js(info.Env(), session->config(), session->model().values);
  });
}

Napi::Value NetworkObject::set_parameters(const Napi::CallbackInfo& info) {
  return with_session(info, [&]<typename T>(SessionPointer<T>& session) -> Napi::Value {
    session = new_session(model<T>(info[0].As<Napi::Object>(), session->config()));
    return info.Env().Undefined();
  });
}

Napi::Value NetworkObject::sparsity(const Napi::CallbackInfo& info) {
  return with_session(info, [&]<typename T>(SessionPointer<T>& session) -> Napi::Value {
    const auto backend = open_cpu<T>(1);
    const NetworkConfig& config = session->config();
    const ParameterLayout layout(config);
    const Buffer<T> values(*backend, session->model().values);
    auto report = SparsityMeter<T>(*backend, layout, config.pruned).report(values.data());
    // The rows of a pruned network are their own projection.
    if (config.pruned) {
      report.mean.projected = report.mean.exact;
      for (auto& layer : report.layers) layer.projected = layer.exact;
    }
    auto object = to_js(info.Env(), report);
    object.Set("sparseKernels", predicts_sparse(*backend, session->model()));
    return object;
  });
}

Napi::Value NetworkObject::prune(const Napi::CallbackInfo& info) {
  return with_session(info, [&]<typename T>(SessionPointer<T>& session) -> Napi::Value {
    const auto target = read_as<PruneTarget>(info[0]);
    require_reachable(session->model(), target);
    auto pruned = psilon::prune(*open_cpu<T>(1), session->model(), target);
    require_finite(pruned);
    session = new_session(std::move(pruned));
    return info.Env().Undefined();
  });
}

Napi::Value NetworkObject::compact(const Napi::CallbackInfo& info) {
  return with_session(info, [&](auto& session) -> Napi::Value {
    auto compacted = psilon::compact(session->model());
    require_finite(compacted);
    session = new_session(std::move(compacted));
    return info.Env().Undefined();
  });
}

Napi::Value NetworkObject::dispose(const Napi::CallbackInfo& info) {
  std::visit([](auto& session) { session.reset(); }, session_);
  account(info.Env());
  return info.Env().Undefined();
}

void NetworkObject::account(Napi::BasicEnv env) {
  const std::int64_t bytes = std::visit(
      []<typename T>(const SessionPointer<T>& session) -> std::int64_t {
        if (!session) return 0;
        // the parameters, and their copy on the device once something is predicted
        return 2 * static_cast<std::int64_t>(model_bytes(session->config(), sizeof(T)));
      },
      session_);
  Napi::MemoryManagement::AdjustExternalMemory(env, bytes - accounted_);
  accounted_ = bytes;
}

}  // namespace psilon::addon
