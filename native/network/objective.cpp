#include "network/objective.h"

#include <algorithm>
#include <vector>

namespace psilon {

template <typename T>
Objective<T>::Objective(Backend<T>& backend, const ParameterLayout& layout, const ObjectiveConfig& config, Index batch,
                        bool pruned, bool blending)
    : backend_(backend),
      layout_(layout),
      config_(config),
      weights_(backend, layout, pruned, blending),
      forward_(backend, layout, batch),
      regularizer_(backend, layout, config.regularizer),
      row_loss_(backend, batch),
      figures_(backend, 2) {
  reserve(batch);
}

template <typename T>
void Objective<T>::reserve(Index batch) {
  std::vector<LayerShape> shapes;
  Index width = 0;
  for (const Layer& layer : layout_.layers()) {
    width = std::max(width, layer.out);
    shapes.push_back({batch, layer.in, layer.out, layer.matrices, true});
    backend_.reserve(shapes.back());
  }
  layers_.resize(shapes.size());
  at_once_ = Buffer<T>(backend_, backend_.batch_gradient_size(shapes));
  if (at_once_.size() > 0) return;
  for (auto& buffer : dz_) buffer = Buffer<T>(backend_, batch * width);
}

template <typename T>
void Objective<T>::differentiate(const T* parameters, const Batch<T>& batch, const T* alpha, ObjectiveWeights weights,
                                 GradientSink<T>& sink) {
  double* const loss = figures_.data();
  double* const regularizer = figures_.data() + 1;
  weights_.prepare(parameters, alpha);
  const T regularizer_weight = static_cast<T>(weights.regularizer);
  regularizer_.evaluate(weights_, regularizer_weight, regularizer);
  for (int k = 0; k <= layout_.depth(); k++) {
    const auto at = static_cast<std::size_t>(k);
    const Layer& layer = layout_.layers()[at];
    layers_[at] = {weights_.effective(k), layout_.view(parameters, k).b, layer.residual, forward_.z(k, batch.x.rows),
                   weights_.backward(k, regularizer_.terms()[at], sink.layer(k))};
  }
  backend_.batch_gradient({
      .layers = layers_.data(),
      .count = static_cast<int>(layers_.size()),
      .x = batch.x,
      .loss = {config_.loss, {}, batch.y, batch.weights, static_cast<T>(weights.loss), {}, row_loss_.data()},
      .value = loss,
      .dz = {dz_[0].data(), dz_[1].data()},
      .memory = at_once_.size() > 0 ? at_once_.data() : nullptr,
  });
  regularizer_.add_closed(parameters, regularizer_weight, regularizer, sink);
}

template <typename T>
void Objective<T>::loss(const T* parameters, const Batch<T>& batch, double* value) {
  const Matrix<T> f = forward_.run(weights_, parameters, batch.x);
  backend_.loss_gradient({config_.loss, f, batch.y, batch.weights, T(1), {}, row_loss_.data()});
  backend_.sum_rows({row_loss_.data(), f.rows, value});
}

template class Objective<float>;
template class Objective<double>;

}  // namespace psilon
