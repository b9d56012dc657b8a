#include "addon/convert.h"

#include <algorithm>
#include <cmath>
#include <exception>
#include <limits>
#include <new>
#include <optional>

namespace psilon::addon {

namespace {

double number_of(double value) { return value; }
double number_of(Index value) { return static_cast<double>(value); }
double number_of(const std::optional<double>& value) {
  return value.value_or(std::numeric_limits<double>::quiet_NaN());
}

}  // namespace

Napi::Error to_js(Napi::Env env, const Error& error) {
  Napi::Error js = Napi::Error::New(env, error.what());
  js.Set("code", Napi::String::New(env, error.code()));
  for (const auto& [name, value] : error.details()) js.Set(name, Napi::Number::New(env, value));
  return js;
}

Error current_error() {
  try {
    throw;
  } catch (const Error& error) {
    return error;
  } catch (const std::bad_alloc&) {
    return Error("ERR_MEMORY", "memory ran out");
  } catch (const std::exception& error) {
    return Error("ERR_NATIVE", error.what());
  }
}

NetworkConfig network_config(const Napi::Value& from) {
  const auto config = read_as<NetworkConfig>(from);
  bool positive = config.inputs > 0 && config.outputs > 0 && !config.hidden.empty();
  for (const Index width : config.hidden) positive = positive && width > 0;
  if (!positive) throw Error("ERR_OPTION", "every size of a network must be positive");
  if (config.shared_length.size() != config.hidden.size())
    throw Error("ERR_OPTION", "sharedLength must have an entry for each hidden layer");
  return config;
}

Napi::Object to_js(Napi::Env env, const NetworkConfig& config, Dtype dtype) {
  auto object = write(env, config);
  object.Set("dtype", write(env, dtype));
  return object;
}

Dtype dtype_of(const Napi::Value& config) { return read_as<Dtype>(config.As<Napi::Object>().Get("dtype")); }

FitOptions fit_options(const Napi::Value& from) {
  const auto options = read_as<FitOptions>(from);
  if (options.epochs < 1 || options.batch_size < 1 || options.validation_every < 1)
    throw Error("ERR_OPTION", "epochs, batchSize and validationEvery must be positive");
  return options;
}

int thread_count(const Napi::Value& from) {
  return static_cast<int>(std::clamp<Index>(from.ToNumber().Int64Value(), 1, 1024));
}

Napi::Float64Array to_js(Napi::Env env, const std::vector<EpochRecord>& records) {
  std::vector<double> figures;
  for (const EpochRecord& record : records)
    EpochRecord::fields(record, [&](const char*, const auto& figure) { figures.push_back(number_of(figure)); });
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
