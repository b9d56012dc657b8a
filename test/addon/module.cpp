/// The addon with what tests and benchmarks alone call.

#include <napi.h>

#include "addon/convert.h"
#include "addon/exports.h"
#include "benchmark_object.h"
#include "evaluate.h"
#include "support/memory_count.h"
#include "trainer_object.h"
#include "training/progress.h"
#include "training/schedules.h"

namespace psilon::addon {

namespace {

Napi::Value rate(const Napi::CallbackInfo& info) {
  return guarded(info, [&]() -> Napi::Value {
    const Rate rate = rate_at(read_as<Schedule>(info[0]), info[1].ToNumber().Int64Value(),
                              info[2].ToNumber().Int64Value(), info[3].ToNumber().DoubleValue());
    auto object = Napi::Object::New(info.Env());
    object.Set("learningRate", rate.learning_rate);
    object.Set("beta1", rate.beta1);
    return object;
  });
}

Napi::Value pruning_blend(const Napi::CallbackInfo& info) {
  const auto step = [&](std::size_t i) { return info[i].ToNumber().Int64Value(); };
  const double alpha = step(2) > step(1) ? alpha_at(step(0), step(1), step(2)) : 0;
  return Napi::Number::New(info.Env(), alpha);
}

Napi::Value memory_used(const Napi::CallbackInfo& info) {
  const MemoryCount count = memory_count();
  auto object = Napi::Object::New(info.Env());
  object.Set("current", static_cast<double>(count.current));
  object.Set("peak", static_cast<double>(count.peak));
  return object;
}

void reset_peak(const Napi::CallbackInfo&) { reset_memory_peak(); }

Napi::Object define_test_exports(Napi::Env env, Napi::Object exports) {
  define_exports(env, exports);
  exports.Set("evaluate", Napi::Function::New(env, evaluate, "evaluate"));
  exports.Set("Trainer", TrainerObject::define(env));
  exports.Set("schedule", Napi::Function::New(env, rate, "schedule"));
  exports.Set("pruningBlend", Napi::Function::New(env, pruning_blend, "pruningBlend"));
  exports.Set("memoryUsed", Napi::Function::New(env, memory_used, "memoryUsed"));
  exports.Set("resetMemoryPeak", Napi::Function::New(env, reset_peak, "resetMemoryPeak"));
  exports.Set("benchmark", benchmark(env));
  return exports;
}

}  // namespace

NODE_API_MODULE(psilon, define_test_exports)

}  // namespace psilon::addon
