#include "evaluate.h"

#include <string>
#include <utility>
#include <vector>

#include "addon/convert.h"
#include "addon/network_object.h"
#include "addon/tensors.h"
#include "evaluation.h"

namespace psilon::addon {

namespace {

/// Of the weight matrices alone, under names that end in `letter` in place of v.
template <typename T>
Napi::Object matrices_to_js(Napi::Env env, const NetworkConfig& config, const HostVector<T>& values,
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
Napi::Object evaluation_to_js(Napi::Env env, const NetworkConfig& config, const Evaluation<T>& evaluation) {
  auto object = Napi::Object::New(env);
  object.Set("outputs", to_typed_array(env, evaluation.outputs.data(), evaluation.outputs.size()));
  object.Set("loss", evaluation.loss);
  object.Set("reg", evaluation.regularizer);
  object.Set("objective", evaluation.objective);
  object.Set("gradsLoss", parameters_to_js(env, config, evaluation.loss_gradient));
  object.Set("gradsReg", parameters_to_js(env, config, evaluation.regularizer_gradient));
  object.Set("grads", parameters_to_js(env, config, evaluation.gradient));
  object.Set("weights", matrices_to_js(env, config, evaluation.weights, "w"));
  auto norms = Napi::Object::New(env), output_norms = Napi::Object::New(env);
  for (std::size_t k = 0; k < evaluation.output_path_norms.size(); k++) {
    const char* name = kWords<Bound>[k].name;
    double total = 0;
    for (const double norm : evaluation.output_path_norms[k]) total += norm;
    norms.Set(name, total);
    output_norms.Set(name, to_js(env, evaluation.output_path_norms[k]));
  }
  object.Set("pathNorm", norms);
  object.Set("outputPathNorms", output_norms);
  object.Set("nearSparsity", evaluation.near_sparsity);
  object.Set("certifiedRadii", to_js(env, evaluation.certified_radii));
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

template <typename T>
Napi::Value evaluate_model(const Napi::CallbackInfo& info, const Model<T>& model) {
  const auto objective = read_as<ObjectiveConfig>(info[2]);
  const auto data = rows<T>(info[1].As<Napi::Object>(), model.config, objective.loss);
  const auto backend = open_device<T>(read_or(info[5], DeviceKind::Cpu), thread_count(info[4]), nullptr,
                                      read_or(info[6], Precision::Float32));
  const auto evaluation = psilon::evaluate<T>(*backend, model, {data.count, data.x, data.y, data.weights}, objective,
                                              static_cast<T>(info[3].ToNumber().DoubleValue()));
  return evaluation_to_js(info.Env(), model.config, evaluation);
}

}  // namespace

Napi::Value evaluate(const Napi::CallbackInfo& info) {
  return guarded(info, [&] {
    return std::visit([&](const auto& session) { return evaluate_model(info, session->model()); },
                      NetworkObject::session_of(info[0]));
  });
}

}  // namespace psilon::addon
