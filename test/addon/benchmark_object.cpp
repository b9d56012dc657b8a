#include "benchmark_object.h"

#include <string>

#include "addon/convert.h"
#include "product_benchmark.h"
#include "round_trip.h"

namespace psilon::addon {

namespace {

cpu::Benchmark benchmark_of(const Napi::Object& from) {
  return dtype_of(from) == Dtype::Float64 ? cpu::benchmark_double() : cpu::benchmark_float();
}

cpu::ProductUse product_use(const std::string& name) {
  if (name == "forward") return cpu::ProductUse::Forward;
  return name == "backward-input" ? cpu::ProductUse::BackwardInput : cpu::ProductUse::BackwardWeights;
}

Napi::Value peak(const Napi::CallbackInfo& info) {
  return guarded(info, [&]() -> Napi::Value {
    const auto from = info[0].As<Napi::Object>();
    const int threads = from.Get("threads").ToNumber().Int32Value();
    return Napi::Number::New(info.Env(), benchmark_of(from).peak(threads, from.Get("besideProducts").ToBoolean()));
  });
}

Napi::Value product(const Napi::CallbackInfo& info) {
  return guarded(info, [&]() -> Napi::Value {
    const auto from = info[0].As<Napi::Object>();
    const auto number = [&](const char* name) { return from.Get(name).ToNumber().Int64Value(); };
    const cpu::ProductCase product{product_use(from.Get("use").ToString().Utf8Value()), number("n"), number("inputs"),
                                   number("outputs")};
    const auto times =
        benchmark_of(from).product(product, static_cast<int>(number("threads")), static_cast<int>(number("repeats")));
    auto object = Napi::Object::New(info.Env());
    object.Set("seconds", times.product);
    object.Set("packing", times.packing);
    return object;
  });
}

Napi::Value round_trip(const Napi::CallbackInfo& info) {
  return guarded(info, [&]() -> Napi::Value { return Napi::Number::New(info.Env(), cpu::round_trip()); });
}

}  // namespace

Napi::Object benchmark(Napi::Env env) {
  auto object = Napi::Object::New(env);
  object.Set("peak", Napi::Function::New(env, peak, "peak"));
  object.Set("product", Napi::Function::New(env, product, "product"));
  object.Set("roundTrip", Napi::Function::New(env, round_trip, "roundTrip"));
  return object;
}

}  // namespace psilon::addon
