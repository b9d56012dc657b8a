#include "addon/trainer_object.h"

#include <utility>

#include "addon/convert.h"
#include "addon/environment.h"
#include "addon/tensors.h"

namespace psilon::addon {

Napi::Function TrainerObject::define(Napi::Env env) {
  return DefineClass(env, "Trainer",
                     {
                         InstanceMethod<&TrainerObject::step>("step"),
                         InstanceMethod<&TrainerObject::parameters>("parameters"),
                     });
}

Napi::Object TrainerObject::create(Napi::Env env, Any trainer) {
  const auto object = Environment::of(env).trainer_constructor.New({});
  Unwrap(object)->trainer_ = std::move(trainer);
  return object;
}

Napi::Value TrainerObject::step(const Napi::CallbackInfo& info) {
  return guarded(info, "step", [&]() -> Napi::Value {
    const Rate rate{info[0].ToNumber().DoubleValue(), info[1].ToNumber().DoubleValue()};
    const double alpha = info[2].ToNumber().DoubleValue();
    const StepValue value = std::visit([&](const auto& whole) { return whole->step(rate, alpha); }, trainer_);
    auto object = Napi::Object::New(info.Env());
    object.Set("loss", value.loss);
    object.Set("reg", value.penalty);
    object.Set("objective", value.objective);
    return object;
  });
}

Napi::Value TrainerObject::parameters(const Napi::CallbackInfo& info) {
  return guarded(info, "parameters", [&] {
    return std::visit(
        [&](const auto& whole) -> Napi::Value {
          return parameters_to_js(info.Env(), whole->config, whole->trainer.model().values);
        },
        trainer_);
  });
}

}  // namespace psilon::addon
