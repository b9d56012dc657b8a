#include <utility>
#include <vector>

#include "addon/async_call.h"
#include "addon/mean_prediction.h"
#include "addon/network_object.h"
#include "addon/tensors.h"

/// Predictions and certificates.
namespace psilon::addon {

Napi::Value NetworkObject::predict(const Napi::CallbackInfo& info) {
  return with_session(info, [&]<typename T>(SessionPointer<T>& session) -> Napi::Value {
    const Index rows = row_count(info[1]);
    const int threads = thread_count(info[2]);
    auto x = table<T>(info[0], rows, session->config().inputs);
    return run_later(info.Env(), [session, x = std::move(x), rows, threads]() -> Finish {
      auto outputs = outputs_of(*session, x, rows, threads);
      return
          [outputs = std::move(outputs)](Napi::Env env) { return to_typed_array(env, outputs.data(), outputs.size()); };
    });
  });
}

Napi::Value NetworkObject::predict_sync(const Napi::CallbackInfo& info) {
  return with_session(info, [&]<typename T>(SessionPointer<T>& session) -> Napi::Value {
    const Index rows = row_count(info[1]);
    const NetworkConfig& config = session->config();
    const T* x = elements<T>(info[0], static_cast<std::size_t>(rows * config.inputs));
    T* outputs = elements<T>(info[3], static_cast<std::size_t>(rows * config.outputs));
    session->with_predictor(rows, thread_count(info[2]), [&](auto& predictor) { predictor.predict(x, rows, outputs); });
    return info.Env().Undefined();
  });
}

Napi::Value NetworkObject::predict_mean(const Napi::CallbackInfo& info, Run run) {
  return with_mean(info, [&]<typename T>(Mean<T>& mean) -> Napi::Value {
    const Index rows = row_count(info[2]);
    const int threads = thread_count(info[3]);
    auto x = table<T>(info[1], rows, mean.inputs);
    return run(info.Env(), [mean = std::move(mean), x = std::move(x), rows, threads]() -> Finish {
      auto outputs = mean_outputs_of(mean, x, rows, threads);
      return [outputs = std::move(outputs)](Napi::Env env) { return to_js(env, outputs); };
    });
  });
}

}  // namespace psilon::addon
