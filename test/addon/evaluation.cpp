#include "evaluation.h"

#include <algorithm>
#include <limits>

#include "certificates/global.h"
#include "certificates/questions.h"
#include "network/predictor.h"
#include "network/pruning.h"
#include "network/sparsity.h"

namespace psilon {

namespace {

template <typename T>
void evaluate_gradients(Backend<T>& backend, const ParameterLayout& layout, const Buffer<T>& parameters,
                        const HostBatch<T>& host, const ObjectiveConfig& config, bool pruned, T alpha,
                        Evaluation<T>& result) {
  const Buffer<T> x(backend, host.x), y(backend, host.y), weights(backend, host.weights);
  const Batch<T> batch{
      {x.data(), host.rows, layout.layers().front().in}, y.data(), host.weights.empty() ? nullptr : weights.data()};
  Objective<T> objective(backend, layout, config, host.rows, pruned, alpha > 0);
  GradientBuffer<T> gradient(backend, layout);
  const Buffer<T> blend(backend, std::vector<T>{alpha});
  const auto differentiate = [&](ObjectiveWeights shares) {
    objective.differentiate(parameters.data(), batch, alpha > 0 ? blend.data() : nullptr, shares, gradient);
    const auto figures = objective.figures().download();
    result.loss = figures[0];
    result.regularizer = figures[1];
    return gradient.download();
  };
  const ObjectiveWeights shares = ObjectiveWeights::of(config);
  result.loss_gradient = differentiate({1, 0});
  result.regularizer_gradient = differentiate({0, 1});
  result.gradient = differentiate(shares);
  result.objective = shares.combine(result.loss, result.regularizer);
}

template <typename T>
void evaluate_weights(Backend<T>& backend, const ParameterLayout& layout, const Buffer<T>& parameters, bool pruned,
                      T alpha, Evaluation<T>& result) {
  const Buffer<T> weights(backend, parameters.download());
  const Buffer<T> blend(backend, std::vector<T>{alpha});
  const Buffer<T> projection(backend, layout.size());
  const Index rows = widest(layout.layers());
  const Buffer<T> norm(backend, rows), scale(backend, rows);
  for (int k = 0; k <= layout.depth(); k++) {
    const Layer& layer = layout.layers()[static_cast<std::size_t>(k)];
    if (!layer.normalized()) continue;
    const auto p = layout.view(parameters.data(), k);
    const auto w = layout.view(weights.data(), k).v;
    const Buffer<T> tau(backend, layer.out);
    backend.row_scales({p.v, layer.normalization, p.g, layer.shared_length, false, norm.data(), scale.data()});
    backend.thresholds({p.v, pruned, tau.data()});
    backend.blend({p.v, scale.data(), p.g, layer.shared_length, tau.data(), pruned, blend.data(), w});
    backend.blend({p.v, nullptr, nullptr, true, tau.data(), pruned, nullptr, layout.view(projection.data(), k).v});
    result.thresholds.push_back(tau.download());
  }
  result.weights = weights.download();
  result.projection = projection.download();
}

/// The formula of the method, section 10, without what certificates take off for rounding.
template <typename T>
std::vector<double> certified_radii(const certificates::ReluNetwork& network, const HostVector<T>& outputs) {
  const std::vector<certificates::ReluNetwork> networks{network};
  const std::vector<double> center(static_cast<std::size_t>(network.front().in)), half(center.size(), 1.0);
  const auto count = static_cast<std::size_t>(network.back().out);
  std::vector<double> radii;
  for (std::size_t row = 0; row < outputs.size() / count; row++) {
    const T* f = outputs.data() + row * count;
    const auto largest = static_cast<std::size_t>(std::max_element(f, f + count) - f);
    const std::size_t best = count == 1 ? f[0] > 0 : largest;
    double radius = std::numeric_limits<double>::infinity();
    for (const auto& objective : certificates::margins_of(best, count)) {
      double margin = 0;
      for (std::size_t k = 0; k < count; k++) margin += objective[k] * static_cast<double>(f[k]);
      const auto bound = certificates::global_bound(networks, Bound::Improved, center.data(), half, objective);
      if (margin <= 0) radius = 0;
      if (bound.slope > 0) radius = std::min(radius, margin / bound.slope);
    }
    radii.push_back(radius);
  }
  return radii;
}

}  // namespace

template <typename T>
Evaluation<T> evaluate(Backend<T>& backend, const Model<T>& model, const HostBatch<T>& batch,
                       const ObjectiveConfig& config, T alpha) {
  using Kind = typename SparsityMeter<T>::Kind;
  const ParameterLayout layout(model.config);
  const Buffer<T> parameters(backend, model.values);
  Evaluation<T> result{};
  evaluate_gradients(backend, layout, parameters, batch, config, model.config.pruned, alpha, result);
  evaluate_weights(backend, layout, parameters, model.config.pruned, alpha, result);

  Predictor<T> predictor(backend, model, batch.rows, alpha);
  result.outputs.resize(static_cast<std::size_t>(batch.rows * model.config.outputs));
  predictor.predict(batch.x.data(), batch.rows, result.outputs.data());
  const auto network = certificates::relu_network(alpha > 0 ? settle(backend, model, alpha) : model);
  for (const auto& bound : kWords<Bound>)
    result.output_path_norms.push_back(certificates::path_norms(network, bound.value));
  result.certified_radii = certified_radii(network, result.outputs);

  SparsityMeter<T> meter(backend, layout, model.config.pruned);
  result.near_sparsity = meter.measure(parameters.data(), Kind::Near);
  if (model.config.normalization != Normalization::None)
    result.projected_sparsity = meter.measure(parameters.data(), Kind::Projected);
  return result;
}

template Evaluation<float> evaluate(Backend<float>&, const Model<float>&, const HostBatch<float>&,
                                    const ObjectiveConfig&, float);
template Evaluation<double> evaluate(Backend<double>&, const Model<double>&, const HostBatch<double>&,
                                     const ObjectiveConfig&, double);

}  // namespace psilon
