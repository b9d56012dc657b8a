#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "network/config.h"
#include "network/path_norm.h"
#include "network/propagation.h"

namespace psilon {

/// The regularizer of the normalised weights and its gradient (method, section 5): by closed form where there is one,
/// else by explicit products.
template <typename T>
class RegularizerGradient {
 public:
  RegularizerGradient(Backend<T>& backend, const ParameterLayout& layout, Regularizer regularizer);

  /// Sets the explicit terms for the current weights, and, unless the form is closed, `value` on the device.
  void evaluate(const EffectiveWeights<T>& weights, T weight, double* value);
  /// The part of each layer that goes through its weights.
  const std::vector<RegularizerTerm<T>>& terms() const { return terms_; }
  /// If the form is closed, sets `value` on the device and adds the gradient, a function of the lengths alone, to dg.
  /// Call after the weights' own gradients.
  void add_closed(const T* parameters, T weight, double* value, GradientSink<T>& sink);

 private:
  void evaluate_path(const EffectiveWeights<T>& weights, Bound bound, T weight, double* value);
  void evaluate_l2(const EffectiveWeights<T>& weights, T weight, double* value);

  Backend<T>& backend_;
  const ParameterLayout& layout_;
  Regularizer regularizer_;
  std::optional<Bound> bound_;
  bool closed_form_;
  std::vector<RegularizerTerm<T>> terms_;
  std::vector<PathFactor<T>> factors_;
  std::unique_ptr<PathVectors<T>> vectors_;
  Buffer<double> row_sums_;
  Buffer<double> layer_sums_;
};

}  // namespace psilon
