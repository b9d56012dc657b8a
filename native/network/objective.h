#pragma once

#include <vector>

#include "network/propagation.h"
#include "network/regularizer.h"

namespace psilon {

/// Rows on a device. y is [n, outputs], for softmax [n] class numbers; weights [n] or null.
template <typename T>
struct Batch {
  Matrix<const T> x;
  const T* y;
  const T* weights;
};

/// loss_weight * loss + regularizer_weight * regularizer, and its gradients.
struct ObjectiveWeights {
  double loss;
  double regularizer;

  static ObjectiveWeights of(const ObjectiveConfig& config) {
    return {1 - config.reg_weight, config.reg_weight * config.lambda};
  }

  double combine(double loss_value, double regularizer_value) const {
    return loss * loss_value + regularizer * regularizer_value;
  }
};

/// Gradients in memory, by the layout.
template <typename T>
class GradientBuffer final : public GradientSink<T> {
 public:
  GradientBuffer(Backend<T>& backend, const ParameterLayout& layout)
      : layout_(layout), values_(backend, layout.size()) {}

  LayerGradient<T> layer(int k) override {
    const auto view = layout_.view(values_.data(), k);
    return {.dv = view.v, .adam = {}, .dg = view.g, .db = view.b};
  }
  HostVector<T> download() const { return values_.download(); }

 private:
  const ParameterLayout& layout_;
  Buffer<T> values_;
};

/// Computes the gradient of the objective from parameters and a batch (method, section 6).
template <typename T>
class Objective {
 public:
  Objective(Backend<T>& backend, const ParameterLayout& layout, const ObjectiveConfig& config, Index batch, bool pruned,
            bool blending);

  /// Gives `sink` the gradient of every parameter. alpha [1] on the device; null: 0.
  void differentiate(const T* parameters, const Batch<T>& batch, const T* alpha, ObjectiveWeights weights,
                     GradientSink<T>& sink);
  /// Loss and regularizer of the last gradient, on the device.
  const Buffer<double>& figures() const { return figures_; }
  /// The loss alone, into `value` on the device; the weights must have been prepared.
  void loss(const T* parameters, const Batch<T>& batch, double* value);

  EffectiveWeights<T>& weights() { return weights_; }
  const EffectiveWeights<T>& weights() const { return weights_; }

 private:
  void reserve(Index batch);

  Backend<T>& backend_;
  const ParameterLayout& layout_;
  ObjectiveConfig config_;
  EffectiveWeights<T> weights_;
  Forward<T> forward_;
  RegularizerGradient<T> regularizer_;
  std::vector<BatchLayer<T>> layers_;
  Buffer<T> dz_[2];
  Buffer<T> at_once_;  // memory in which all layers are differentiated at once, if they are
  Buffer<double> row_loss_;
  Buffer<double> figures_;
};

}  // namespace psilon
