#pragma once

#include <napi.h>

#include <vector>

#include "addon/async_call.h"
#include "addon/convert.h"
#include "addon/mean_prediction.h"
#include "addon/session.h"
#include "addon/training_job.h"
#include "support/error.h"

namespace psilon::addon {

/// The JavaScript class around one network. Its state is replaced as a whole, and only on the JavaScript thread, so
/// that work on other threads keeps the state it began with.
class NetworkObject final : public Napi::ObjectWrap<NetworkObject> {
 public:
  static Napi::Function define(Napi::Env env);
  // For lists of networks: see lib/core/native.ts.
  static Napi::Value fit(const Napi::CallbackInfo& info);
  static Napi::Value predict_mean(const Napi::CallbackInfo& info, Run run);
  static Napi::Value certify(const Napi::CallbackInfo& info, Run run);
  static Napi::Value answer(const Napi::CallbackInfo& info, Run run);
  static Napi::Value slopes(const Napi::CallbackInfo& info);
  static Napi::Value path_norms(const Napi::CallbackInfo& info);
  static Napi::Value influence(const Napi::CallbackInfo& info);
  explicit NetworkObject(const Napi::CallbackInfo& info);
  void Finalize(Napi::BasicEnv env) override;
  /// The present state of a JavaScript network; throws ERR_DISPOSED if it has none.
  static AnySession session_of(const Napi::Value& network);

 private:
  Napi::Value config(const Napi::CallbackInfo& info);
  Napi::Value parameters(const Napi::CallbackInfo& info);
  Napi::Value set_parameters(const Napi::CallbackInfo& info);
  Napi::Value sparsity(const Napi::CallbackInfo& info);
  Napi::Value prune(const Napi::CallbackInfo& info);
  Napi::Value compact(const Napi::CallbackInfo& info);
  Napi::Value dispose(const Napi::CallbackInfo& info);

  // network_predictions.cpp
  Napi::Value predict(const Napi::CallbackInfo& info);
  Napi::Value predict_sync(const Napi::CallbackInfo& info);

  // network_bounds.cpp
  Napi::Value first_layer(const Napi::CallbackInfo& info);

  // network_training.cpp
  template <typename T>
  static Napi::Value start_fits(Napi::Env env, const std::vector<Napi::Object>& requests);
  template <typename T>
  static typename TrainingJob<T>::Fit fit_of(const Napi::Object& request);
  static NetworkObject& unwrapped(const Napi::Value& value);

  /// Calls use(session) with the session of the network's dtype; failures become JavaScript errors.
  template <typename Use>
  Napi::Value with_session(const Napi::CallbackInfo& info, const Use& use) {
    return guarded(info, [&] {
      return std::visit(
          [&](auto& session) -> Napi::Value {
            if (!session) throw disposed();
            return use(session);
          },
          session_);
    });
  }

  /// Calls use(mean) with the NativeMean info[0], whose networks have equal dtypes and outputs.
  template <typename Use>
  static Napi::Value with_mean(const Napi::CallbackInfo& info, const Use& use) {
    return guarded(info, [&] {
      const auto given = info[0].As<Napi::Object>();
      const auto networks = given.Get("networks").As<Napi::Array>();
      if (networks.Length() == 0) throw Error("ERR_OPTION", "expected one network or more");
      return std::visit(
          [&]<typename T>(const SessionPointer<T>& first) -> Napi::Value {
            Mean<T> mean{{}, given.Get("inputs").ToNumber().Int64Value(), {}};
            for (std::uint32_t k = 0; k < networks.Length(); k++)
              mean.members.push_back(std::get<SessionPointer<T>>(session_of(networks.Get(k))));
            if (!given.Get("taken").IsNull()) mean.taken = taken_inputs(given.Get("taken").As<Napi::Array>());
            for (const auto& member : mean.members)
              if (member->config().outputs != first->config().outputs)
                throw Error("ERR_SHAPE", "expected networks with the same outputs");
            require_inputs(mean);
            return use(mean);
          },
          session_of(networks.Get(0u)));
    });
  }

  template <typename T>
  static void require_inputs(const Mean<T>& mean) {
    if (!mean.taken.empty() && mean.taken.size() != mean.members.size())
      throw Error("ERR_SHAPE", "expected the inputs of each network");
    for (std::size_t k = 0; k < mean.members.size(); k++) {
      const Index own = mean.taken.empty() ? mean.inputs : static_cast<Index>(mean.taken[k].size());
      if (mean.members[k]->config().inputs != own) throw Error("ERR_SHAPE", "a network has other inputs");
      if (mean.taken.empty()) continue;
      for (const Index j : mean.taken[k])
        if (j < 0 || j >= mean.inputs) throw Error("ERR_SHAPE", "there is no such input");
    }
  }

  static Error disposed() { return Error("ERR_DISPOSED", "the network has been disposed of"); }

  /// Tells the garbage collector how much memory the network holds outside its heap.
  void account(Napi::BasicEnv env);

  AnySession session_;
  std::int64_t accounted_ = 0;
};

}  // namespace psilon::addon
