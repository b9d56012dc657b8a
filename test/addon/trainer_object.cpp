#include "trainer_object.h"

#include "addon/convert.h"
#include "addon/network_object.h"
#include "addon/tensors.h"

namespace psilon::addon {

Napi::Function TrainerObject::define(Napi::Env env) {
  return DefineClass(env, "Trainer",
                     {
                         InstanceMethod<&TrainerObject::step>("step"),
                         InstanceMethod<&TrainerObject::parameters>("parameters"),
                     });
}

TrainerObject::TrainerObject(const Napi::CallbackInfo& info) : ObjectWrap(info) {
  guarded(info, [&] {
    const auto of = [&]<typename T>(const SessionPointer<T>& session) -> Any {
      const auto objective = read_as<ObjectiveConfig>(info[2]);
      const auto data = shared_rows<T>(info[1].As<Napi::Object>(), session->config(), objective.loss);
      return std::make_unique<WholeBatchTrainer<T>>(session->model(), data, objective, read_as<Projection>(info[3]),
                                                    read_or(info[5], DeviceKind::Cpu),
                                                    read_or(info[6], Precision::Float32), thread_count(info[4]));
    };
    trainer_ = std::visit(of, NetworkObject::session_of(info[0]));
  });
}

Napi::Value TrainerObject::step(const Napi::CallbackInfo& info) {
  return guarded(info, [&]() -> Napi::Value {
    const Rate rate{info[0].ToNumber().DoubleValue(), info[1].ToNumber().DoubleValue()};
    const double alpha = info[2].ToNumber().DoubleValue();
    const StepValue value = std::visit([&](const auto& whole) { return whole->step(rate, alpha); }, trainer_);
    auto object = Napi::Object::New(info.Env());
    object.Set("loss", value.loss);
    object.Set("reg", value.regularizer);
    object.Set("objective", value.objective);
    return object;
  });
}

Napi::Value TrainerObject::parameters(const Napi::CallbackInfo& info) {
  return guarded(info, [&] {
    return std::visit(
        [&](const auto& whole) -> Napi::Value {
          return parameters_to_js(info.Env(), whole->config, whole->trainer.model().values);
        },
        trainer_);
  });
}

}  // namespace psilon::addon
