#include "addon/convert.h"

#include <cmath>
#include <exception>
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

template <typename T>
Napi::Object tensor(Napi::Env env, const std::vector<Index>& shape, const T* data, Index count) {
  auto sizes = Napi::Array::New(env, shape.size());
  for (std::size_t i = 0; i < shape.size(); i++)
    sizes.Set(static_cast<std::uint32_t>(i), static_cast<double>(shape[i]));
  auto object = Napi::Object::New(env);
  object.Set("shape", sizes);
  object.Set("data", to_typed_array(env, data, static_cast<std::size_t>(count)));
  return object;
}

}  // namespace

Napi::Error to_js(Napi::Env env, const Error& error) {
  Napi::Error js = Napi::Error::New(env, error.what());
  js.Set("code", Napi::String::New(env, error.code()));
  for (const auto& [name, value] : error.details()) js.Set(name, Napi::Number::New(env, value));
  return js;
}

void rethrow(Napi::Env env, const Error& error) { throw to_js(env, error); }

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
    options.prune = PruneSchedule{prune_target(prune), number(prune, "from"), number(prune, "to")};
  }
  if (!absent(from, "earlyStopping")) {
    const auto stop = from.Get("earlyStopping").As<Napi::Object>();
    options.early_stopping = EarlyStoppingConfig{integer(stop, "patience"), number(stop, "minDelta")};
  }
  if (options.epochs < 1 || options.batch_size < 1 || options.validation_every < 1)
    throw Error("ERR_OPTION", "[native] epochs, batchSize and validationEvery must be positive");
  return options;
}

FitSize fit_size(const Napi::Object& from) {
  return {integer(from, "rows"), integer(from, "validationRows"), integer(from, "batchSize"), flag(from, "prune"),
          flag(from, "earlyStopping")};
}

Napi::Object to_js(Napi::Env env, const EpochRecord& record) {
  auto object = Napi::Object::New(env);
  object.Set("epoch", static_cast<double>(record.epoch));
  object.Set("loss", record.loss);
  object.Set("objective", record.objective);
  if (record.validation_loss) object.Set("validationLoss", *record.validation_loss);
  object.Set("learningRate", record.learning_rate);
  object.Set("alpha", record.alpha);
  object.Set("pathNorm", record.path_norm);
  object.Set("nearSparsity", record.near_sparsity);
  object.Set("exactSparsity", record.exact_sparsity);
  object.Set("seconds", record.seconds);
  return object;
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

template <typename T>
std::vector<T> values(const Napi::Value& from, std::size_t count) {
  constexpr auto wanted = sizeof(T) == 8 ? napi_float64_array : napi_float32_array;
  if (!from.IsTypedArray() || from.As<Napi::TypedArray>().TypedArrayType() != wanted)
    throw Error("ERR_SHAPE", "[native] expected a typed array of the network's dtype");
  const auto array = from.As<Napi::TypedArrayOf<T>>();
  if (array.ElementLength() != count)
    throw Error("ERR_SHAPE",
                "[native] expected " + std::to_string(count) + " values, got " + std::to_string(array.ElementLength()));
  return {array.Data(), array.Data() + count};
}

Napi::Float64Array to_js(Napi::Env env, const std::vector<double>& values) {
  return to_typed_array(env, values.data(), values.size()).As<Napi::Float64Array>();
}

template <typename T>
Rows<T> rows(const Napi::Object& from, const NetworkConfig& config, Loss loss) {
  Rows<T> rows{integer(from, "rows"), config.inputs, loss == Loss::Softmax ? 1 : config.outputs, {}, {}, {}};
  if (rows.count < 1) throw Error("ERR_SHAPE", "[native] a table needs rows");
  const auto count = static_cast<std::size_t>(rows.count);
  rows.x = values<T>(from.Get("x"), count * static_cast<std::size_t>(rows.inputs));
  rows.y = values<T>(from.Get("y"), count * static_cast<std::size_t>(rows.targets));
  if (!absent(from, "weights")) rows.weights = values<T>(from.Get("weights"), count);
  if (loss == Loss::Softmax)
    for (const T label : rows.y)
      if (!(label >= 0 && label < static_cast<T>(config.outputs)))
        throw Error("ERR_DATA", "[native] class numbers must be within 0 .. outputs - 1");
  return rows;
}

template <typename T>
Napi::Object parameters_to_js(Napi::Env env, const NetworkConfig& config, const std::vector<T>& values) {
  const ParameterLayout layout(config);
  auto object = Napi::Object::New(env);
  for (const auto& entry : layout.entries())
    object.Set(entry.name, tensor(env, entry.shape, values.data() + entry.offset, entry.size()));
  return object;
}

template <typename T>
Napi::Object matrices_to_js(Napi::Env env, const NetworkConfig& config, const std::vector<T>& values,
                            const std::string& letter) {
  const ParameterLayout layout(config);
  auto object = Napi::Object::New(env);
  for (const auto& entry : layout.entries()) {
    if (entry.shape.size() != 2) continue;
    std::string name = entry.name;
    name.replace(name.rfind('.') + 1, 1, letter);
    object.Set(name, tensor(env, entry.shape, values.data() + entry.offset, entry.size()));
  }
  return object;
}

template <typename T>
Model<T> model(const Napi::Object& parameters, const NetworkConfig& config) {
  const ParameterLayout layout(config);
  Model<T> model{config, std::vector<T>(static_cast<std::size_t>(layout.size()))};
  for (const auto& entry : layout.entries()) {
    if (!parameters.Has(entry.name)) throw Error("ERR_SHAPE", "[native] parameter " + entry.name + " is missing");
    const auto data = parameters.Get(entry.name).As<Napi::Object>().Get("data");
    const auto given = values<T>(data, static_cast<std::size_t>(entry.size()));
    std::copy(given.begin(), given.end(), model.values.begin() + entry.offset);
  }
  return model;
}

template <typename T>
Napi::Object to_js(Napi::Env env, const NetworkConfig& config, const Evaluation<T>& evaluation) {
  auto object = Napi::Object::New(env);
  object.Set("outputs", to_typed_array(env, evaluation.outputs.data(), evaluation.outputs.size()));
  object.Set("loss", evaluation.loss);
  object.Set("reg", evaluation.penalty);
  object.Set("objective", evaluation.objective);
  object.Set("gradsLoss", parameters_to_js(env, config, evaluation.loss_gradient));
  object.Set("gradsReg", parameters_to_js(env, config, evaluation.penalty_gradient));
  object.Set("grads", parameters_to_js(env, config, evaluation.gradient));
  object.Set("weights", matrices_to_js(env, config, evaluation.weights, "w"));
  auto norms = Napi::Object::New(env), output_norms = Napi::Object::New(env);
  for (const auto& [name, index] : {std::pair{"original", 0}, {"improved", 1}, {"tight", 2}}) {
    double total = 0;
    for (const double norm : evaluation.output_path_norms[index]) total += norm;
    norms.Set(name, total);
    output_norms.Set(name, to_js(env, evaluation.output_path_norms[index]));
  }
  object.Set("pathNorm", norms);
  object.Set("outputPathNorms", output_norms);
  object.Set("nearSparsity", evaluation.near_sparsity);
  object.Set("certifiedRadii", to_js(env, evaluation.certificates.radii));
  if (config.normalization == Normalization::None) return object;
  object.Set("exactSparsity", evaluation.projected_sparsity);
  object.Set("projection", matrices_to_js(env, config, evaluation.projection, "p"));
  auto thresholds = Napi::Object::New(env);
  for (std::size_t k = 0; k < evaluation.thresholds.size(); k++) {
    const auto& tau = evaluation.thresholds[k];
    const auto rows = static_cast<Index>(tau.size());
    thresholds.Set("layers." + std::to_string(k) + ".tau", tensor(env, {rows}, tau.data(), rows));
  }
  object.Set("thresholds", thresholds);
  return object;
}

#define PSILON_INSTANTIATE(T)                                                                                       \
  template std::vector<T> values(const Napi::Value&, std::size_t);                                                  \
  template Rows<T> rows(const Napi::Object&, const NetworkConfig&, Loss);                                           \
  template Napi::Object parameters_to_js(Napi::Env, const NetworkConfig&, const std::vector<T>&);                   \
  template Napi::Object matrices_to_js(Napi::Env, const NetworkConfig&, const std::vector<T>&, const std::string&); \
  template Model<T> model(const Napi::Object&, const NetworkConfig&);                                               \
  template Napi::Object to_js(Napi::Env, const NetworkConfig&, const Evaluation<T>&);
PSILON_INSTANTIATE(float)
PSILON_INSTANTIATE(double)

}  // namespace psilon::addon
