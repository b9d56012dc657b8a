#include "addon/exports.h"

#include <numeric>
#include <string>
#include <vector>

#include "addon/convert.h"
#include "addon/environment.h"
#include "addon/network_object.h"
#include "addon/rows_object.h"
#include "addon/tensors.h"
#include "addon/words.h"
#include "backend/cpu/instruction_sets.h"
#include "network/initializers.h"
#include "network/parameter_check.h"
#include "support/random.h"
#include "training/cost.h"

namespace psilon::addon {

namespace {

template <Napi::Value (*function)(const Napi::CallbackInfo&, Run), Run run>
Napi::Value running(const Napi::CallbackInfo& info) {
  return function(info, run);
}

Napi::Value permutation(const Napi::CallbackInfo& info) {
  return guarded(info, [&]() -> Napi::Value {
    std::vector<std::uint32_t> order(info[0].ToNumber().Uint32Value());
    std::iota(order.begin(), order.end(), 0u);
    constexpr std::uint64_t kSplitStream = std::uint64_t{1} << 63;  // no layer and no epoch draws from it
    Random(static_cast<std::uint64_t>(info[1].ToNumber().Int64Value()), kSplitStream).shuffle(order);
    return to_typed_array(info.Env(), order.data(), order.size());
  });
}

Napi::Value memory_needed(const Napi::CallbackInfo& info) {
  return guarded(info, [&]() -> Napi::Value {
    const auto config = network_config(info[0]);
    const std::size_t bytes = with_dtype(dtype_of(info[0]), [&]<typename T>(T) {
      if (info[1].IsNull()) return model_bytes(config, sizeof(T));
      const auto fit = info[1].As<Napi::Object>();
      const auto options = fit.Get("options").As<Napi::Object>();
      return fit_bytes<T>(config, fit_options(options), read_as<FitTables>(fit), thread_count(options.Get("threads")));
    });
    return Napi::Number::New(info.Env(), static_cast<double>(bytes));
  });
}

Napi::Value memory_to_draw(const Napi::CallbackInfo& info) {
  return guarded(info, [&]() -> Napi::Value {
    const auto bytes = drawing_bytes(network_config(info[0]));
    return Napi::Number::New(info.Env(), static_cast<double>(bytes));
  });
}

Napi::Value reachable_sparsity_of(const Napi::CallbackInfo& info) {
  return guarded(info, [&]() -> Napi::Value {
    return Napi::Number::New(info.Env(), reachable_sparsity(network_config(info[0])));
  });
}

Napi::Value check_parameters(const Napi::CallbackInfo& info) {
  return guarded(info, [&]() -> Napi::Value {
    const ParameterLayout layout(network_config(info[0]));
    const auto parameters = info[1].As<Napi::Object>();
    with_dtype(dtype_of(info[0]),
               [&]<typename T>(T) { psilon::check_parameters(layout, entries<T>(parameters, layout)); });
    return info.Env().Undefined();
  });
}

Napi::Value gpu_memory_needed(const Napi::CallbackInfo& info) {
  return guarded(info, [&]() -> Napi::Value {
    const auto config = network_config(info[0]);
    const FitOptions options = fit_options(info[1].As<Napi::Object>().Get("options"));
    const auto tables = read_as<FitTables>(info[1]);
    const GpuFitBytes bytes =
        with_dtype(dtype_of(info[0]), [&]<typename T>(T) { return gpu_fit_bytes<T>(config, options, tables); });
    auto object = Napi::Object::New(info.Env());
    object.Set("device", static_cast<double>(bytes.device));
    object.Set("host", static_cast<double>(bytes.host));
    return object;
  });
}

Napi::Value gpu_memory(const Napi::CallbackInfo& info) {
  return guarded(info, [&]() -> Napi::Value {
    auto object = Napi::Object::New(info.Env());
    object.Set("free", static_cast<double>(gpu_free_memory()));
    object.Set("reserve", static_cast<double>(kGpuReserve));
    return object;
  });
}

Napi::Value fit_seconds_on_devices(const Napi::CallbackInfo& info) {
  return guarded(info, [&]() -> Napi::Value {
    const auto config = network_config(info[0]);
    const auto fit = info[1].As<Napi::Object>();
    const auto number = [&](const char* name) { return fit.Get(name).ToNumber().Int64Value(); };
    const std::size_t element = with_dtype(dtype_of(info[0]), []<typename T>(T) { return sizeof(T); });
    const FitWork work{element, number("batchSize"), number("steps"), number("networks")};
    auto seconds = Napi::Object::New(info.Env());
    for (const DeviceInfo& device : list_devices()) {
      const char* kind = name_of(device.kind);
      if (device.available && !seconds.Has(kind))
        seconds.Set(kind, fit_seconds(device, config, work, thread_count(fit.Get("threads"))));
    }
    return seconds;
  });
}

Napi::Array instruction_sets(Napi::Env env) {
  auto names = Napi::Array::New(env);
  for (const auto& set : cpu::instruction_sets()) names.Set(names.Length(), set.name);
  return names;
}

Napi::Value devices(const Napi::CallbackInfo& info) {
  return guarded(info, [&]() -> Napi::Value {
    const auto env = info.Env();
    const bool cpu_alone = !info[0].IsUndefined() && read_as<DeviceKind>(info[0]) == DeviceKind::Cpu;
    const auto found = cpu_alone ? std::vector{describe_cpu()} : list_devices();
    auto list = Napi::Array::New(env, found.size());
    const auto or_null = [env](const std::string& text) -> Napi::Value {
      return text.empty() ? env.Null() : Napi::String::New(env, text);
    };
    for (std::uint32_t i = 0; i < found.size(); i++) {
      auto device = Napi::Object::New(env);
      device.Set("name", found[i].name);
      device.Set("kind", write(env, found[i].kind));
      device.Set("description", found[i].description);
      device.Set("instructionSet", or_null(found[i].instruction_set));
      device.Set("instructionSets", found[i].kind == DeviceKind::Cpu ? instruction_sets(env) : Napi::Array::New(env));
      device.Set("memory",
                 found[i].memory == 0 ? env.Null() : Napi::Number::New(env, static_cast<double>(found[i].memory)));
      device.Set("available", found[i].available);
      device.Set("reason", or_null(found[i].reason));
      list.Set(i, device);
    }
    return list;
  });
}

}  // namespace

Napi::Object define_exports(Napi::Env env, Napi::Object exports) {
  auto* environment = new Environment();
  env.SetInstanceData(environment);
  env.AddCleanupHook([](Environment* ending) { ending->stop_all(); }, environment);
  environment->network_constructor = Napi::Persistent(NetworkObject::define(env));
  environment->rows_constructor = Napi::Persistent(RowsObject::define(env));
  exports.Set("Network", environment->network_constructor.Value());
  exports.Set("Rows", environment->rows_constructor.Value());
  exports.Set("fit", Napi::Function::New(env, NetworkObject::fit, "fit"));
  exports.Set("predictMean", Napi::Function::New(env, running<NetworkObject::predict_mean, run_later>, "predictMean"));
  exports.Set("predictMeanSync",
              Napi::Function::New(env, running<NetworkObject::predict_mean, run_now>, "predictMeanSync"));
  exports.Set("certify", Napi::Function::New(env, running<NetworkObject::certify, run_later>, "certify"));
  exports.Set("certifySync", Napi::Function::New(env, running<NetworkObject::certify, run_now>, "certifySync"));
  exports.Set("answer", Napi::Function::New(env, running<NetworkObject::answer, run_later>, "answer"));
  exports.Set("answerSync", Napi::Function::New(env, running<NetworkObject::answer, run_now>, "answerSync"));
  exports.Set("slopes", Napi::Function::New(env, NetworkObject::slopes, "slopes"));
  exports.Set("pathNorms", Napi::Function::New(env, NetworkObject::path_norms, "pathNorms"));
  exports.Set("influence", Napi::Function::New(env, NetworkObject::influence, "influence"));
  exports.Set("permutation", Napi::Function::New(env, permutation, "permutation"));
  exports.Set("memoryNeeded", Napi::Function::New(env, memory_needed, "memoryNeeded"));
  exports.Set("reachableSparsity", Napi::Function::New(env, reachable_sparsity_of, "reachableSparsity"));
  exports.Set("memoryToDraw", Napi::Function::New(env, memory_to_draw, "memoryToDraw"));
  exports.Set("checkParameters", Napi::Function::New(env, check_parameters, "checkParameters"));
  exports.Set("gpuMemoryNeeded", Napi::Function::New(env, gpu_memory_needed, "gpuMemoryNeeded"));
  exports.Set("gpuMemory", Napi::Function::New(env, gpu_memory, "gpuMemory"));
  exports.Set("fitSeconds", Napi::Function::New(env, fit_seconds_on_devices, "fitSeconds"));
  exports.Set("devices", Napi::Function::New(env, devices, "devices"));
  exports.Set("words", words(env));
  exports.Set("version", PSILON_VERSION);
  return exports;
}

}  // namespace psilon::addon
