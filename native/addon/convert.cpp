#include "addon/convert.h"

#include <algorithm>
#include <cmath>
#include <exception>
#include <limits>
#include <new>
#include <utility>

namespace psilon::addon {

namespace {

template <typename Enum>
Enum by_name(const std::string& name, std::initializer_list<std::pair<const char*, Enum>> names) {
  for (const auto& [known, value] : names)
    if (name == known) return value;
  throw Error("ERR_OPTION", "[native] unknown name \"" + name + "\"");
}

std::string text(const Napi::Object& from, const char* key) { return from.Get(key).ToString().Utf8Value(); }
double number(const Napi::Object& from, const char* key) { return from.Get(key).ToNumber().DoubleValue(); }
Index integer(const Napi::Object& from, const char* key) { return from.Get(key).ToNumber().Int64Value(); }
bool flag(const Napi::Object& from, const char* key) { return from.Get(key).ToBoolean().Value(); }
bool absent(const Napi::Object& from, const char* key) {
  const Napi::Value value = from.Get(key);
  return value.IsNull() || value.IsUndefined();
}

std::optional<double> optional_number(const Napi::Object& from, const char* key) {
  return absent(from, key) ? std::nullopt : std::optional(number(from, key));
}

}  // namespace

Napi::Error to_js(Napi::Env env, const Error& error) {
  Napi::Error js = Napi::Error::New(env, error.what());
  js.Set("code", Napi::String::New(env, error.code()));
  for (const auto& [name, value] : error.details()) js.Set(name, Napi::Number::New(env, value));
  return js;
}

Error current_error(const std::string& operation) {
  try {
    throw;
  } catch (const Error& error) {
    return error;
  } catch (const std::bad_alloc&) {
    return Error("ERR_MEMORY", "[" + operation + "] memory ran out");
  } catch (const std::exception& error) {
    return Error("ERR_NATIVE", "[" + operation + "] " + error.what());
  }
}

NetworkConfig network_config(const Napi::Object& from) {
  NetworkConfig config;
  config.kind = by_name<NetworkKind>(text(from, "kind"), {{"mlp", NetworkKind::Mlp}, {"resnet", NetworkKind::ResNet}});
  config.inputs = integer(from, "inputs");
  config.outputs = integer(from, "outputs");
  const auto hidden = from.Get("hidden").As<Napi::Array>();
  const auto shared = from.Get("sharedLength").As<Napi::Array>();
  for (std::uint32_t k = 0; k < hidden.Length(); k++) {
    config.hidden.push_back(hidden.Get(k).ToNumber().Int64Value());
    config.shared_length.push_back(shared.Get(k).ToBoolean().Value());
  }
  config.normalization =
      by_name<Normalization>(text(from, "normalization"),
                             {{"l1", Normalization::L1}, {"l2", Normalization::L2}, {"none", Normalization::None}});
  config.pruned = flag(from, "pruned");
  bool positive = config.inputs > 0 && config.outputs > 0 && !config.hidden.empty();
  for (const Index width : config.hidden) positive = positive && width > 0;
  if (!positive) throw Error("ERR_OPTION", "[native] every size of a network must be positive");
  return config;
}

Napi::Object to_js(Napi::Env env, const NetworkConfig& config, bool is_double) {
  auto object = Napi::Object::New(env);
  auto hidden = Napi::Array::New(env), shared = Napi::Array::New(env);
  for (std::uint32_t k = 0; k < config.hidden.size(); k++) {
    hidden.Set(k, static_cast<double>(config.hidden[k]));
    shared.Set(k, static_cast<bool>(config.shared_length[k]));
  }
  const char* normalizations[] = {"l1", "l2", "none"};
  object.Set("kind", config.kind == NetworkKind::Mlp ? "mlp" : "resnet");
  object.Set("inputs", static_cast<double>(config.inputs));
  object.Set("hidden", hidden);
  object.Set("outputs", static_cast<double>(config.outputs));
  object.Set("normalization", normalizations[static_cast<int>(config.normalization)]);
  object.Set("sharedLength", shared);
  object.Set("dtype", is_double ? "float64" : "float32");
  object.Set("pruned", config.pruned);
  return object;
}

Loss loss(const std::string& name) {
  return by_name<Loss>(name, {{"mse", Loss::Mse}, {"bce", Loss::Bce}, {"softmax", Loss::Softmax}});
}

Schedule schedule(const std::string& name) {
  return by_name<Schedule>(
      name, {{"one-cycle", Schedule::OneCycle}, {"constant", Schedule::Constant}, {"cosine", Schedule::Cosine}});
}

Projection projection(const std::string& name) {
  return by_name<Projection>(name, {{"none", Projection::None}, {"every-step", Projection::EveryStep}});
}

Bound bound(const Napi::Value& from) {
  return by_name<Bound>(from.ToString().Utf8Value(),
                        {{"original", Bound::Original}, {"improved", Bound::Improved}, {"tight", Bound::Tight}});
}

ObjectiveConfig objective_config(const Napi::Object& from) {
  return {
      .loss = loss(text(from, "loss")),
      .regularizer = by_name<Regularizer>(text(from, "regularizer"), {{"path", Regularizer::Path},
                                                                      {"path-improved", Regularizer::PathImproved},
                                                                      {"l2", Regularizer::L2},
                                                                      {"none", Regularizer::None}}),
      .lambda = number(from, "lambda"),
      .reg_weight = number(from, "regWeight"),
  };
}

PruneTarget prune_target(const Napi::Object& from) {
  return {optional_number(from, "sparsity"), optional_number(from, "scale")};
}

FitOptions fit_options(const Napi::Object& from) {
  FitOptions options{
      .objective = objective_config(from),
      .epochs = integer(from, "epochs"),
      .batch_size = integer(from, "batchSize"),
      .learning_rate = number(from, "learningRate"),
      .schedule = schedule(text(from, "schedule")),
      .projection = projection(text(from, "projection")),
      .prune = std::nullopt,
      .early_stopping = std::nullopt,
      .validation_every = integer(from, "validationEvery"),
      .seed = static_cast<std::uint64_t>(integer(from, "seed")),
  };
  if (!absent(from, "prune")) {
    const auto prune = from.Get("prune").As<Napi::Object>();
    options.prune =
        PruneSchedule{prune_target(prune), number(prune, "from"), number(prune, "to"), flag(prune, "restart")};
  }
  if (!absent(from, "earlyStopping")) {
    const auto stop = from.Get("earlyStopping").As<Napi::Object>();
    options.early_stopping = EarlyStoppingConfig{integer(stop, "patience"), number(stop, "minDelta")};
  }
  if (options.epochs < 1 || options.batch_size < 1 || options.validation_every < 1)
    throw Error("ERR_OPTION", "[native] epochs, batchSize and validationEvery must be positive");
  return options;
}

DeviceKind device_kind(const Napi::Value& from) {
  return from.IsString() && from.ToString().Utf8Value() == "cuda" ? DeviceKind::Cuda : DeviceKind::Cpu;
}

Precision precision(const Napi::Value& from) {
  return from.IsString() && from.ToString().Utf8Value() == "tf32" ? Precision::Tf32 : Precision::Float32;
}

int thread_count(const Napi::Value& from) {
  return static_cast<int>(std::clamp<Index>(from.ToNumber().Int64Value(), 1, 1024));
}

FitTables fit_tables(const Napi::Object& from) {
  return {
      .rows = integer(from, "rows"),
      .targets = integer(from, "targets"),
      .weighted = flag(from, "weighted"),
      .validation_rows = integer(from, "validationRows"),
  };
}

Napi::Float64Array to_js(Napi::Env env, const std::vector<EpochRecord>& records) {
  std::vector<double> figures;
  for (const EpochRecord& of : records) {
    const double validation_loss = of.validation_loss.value_or(std::numeric_limits<double>::quiet_NaN());
    figures.insert(figures.end(),
                   {static_cast<double>(of.epoch), of.loss, of.objective, validation_loss, of.learning_rate, of.alpha,
                    of.path_norm, of.near_sparsity, of.exact_sparsity, of.seconds});
  }
  auto array = Napi::Float64Array::New(env, figures.size());
  std::copy(figures.begin(), figures.end(), array.Data());
  return array;
}

Napi::Object to_js(Napi::Env env, const SparsityReport& report) {
  const auto figures = [env](const Sparsity& sparsity) {
    auto object = Napi::Object::New(env);
    object.Set("near", sparsity.near);
    object.Set("exact", sparsity.exact);
    object.Set("projected", std::isnan(sparsity.projected) ? env.Null() : Napi::Number::New(env, sparsity.projected));
    return object;
  };
  auto object = figures(report.mean);
  auto layers = Napi::Array::New(env);
  for (std::uint32_t k = 0; k < report.layers.size(); k++) layers.Set(k, figures(report.layers[k]));
  object.Set("layers", layers);
  return object;
}

}  // namespace psilon::addon
