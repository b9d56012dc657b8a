#pragma once

#include <vector>

#include "network/weights.h"

namespace psilon {

/// z_0 .. z_depth of a batch of up to `capacity` rows (method, section 4).
template <typename T>
class Forward {
 public:
  Forward(Backend<T>& backend, const ParameterLayout& layout, Index capacity);

  Index capacity() const { return capacity_; }
  /// Outputs [n, outputs] for x [n, inputs], n <= capacity; they stand until the next run.
  Matrix<T> run(const EffectiveWeights<T>& weights, const T* parameters, Matrix<const T> x);
  /// z_k of the last run.
  Matrix<const T> z(int k) const;

 private:
  Backend<T>& backend_;
  const ParameterLayout& layout_;
  Index capacity_;
  Index rows_ = 0;
  Buffer<T> values_;
  std::vector<T*> z_;
};

/// Takes the gradients of a network's parameters, layer by layer.
template <typename T>
class GradientSink {
 public:
  virtual ~GradientSink() = default;
  /// The destination of layer k's gradients. During a backward pass it must not change g, b, or v of earlier layers.
  virtual LayerGradient<T> layer(int k) = 0;
};

/// The backward pass from the gradient of the outputs to the gradients of all parameters.
template <typename T>
class Backward {
 public:
  Backward(Backend<T>& backend, const ParameterLayout& layout, Index capacity);

  /// The gradient of the outputs [n, outputs], to be set before `run`.
  Matrix<T> output_gradient(Index n) const;
  /// `regularizer` has the regularizer's part of the gradient of each layer's weights.
  void run(EffectiveWeights<T>& weights, const Forward<T>& forward, Matrix<const T> x,
           const std::vector<RegularizerTerm<T>>& regularizer, GradientSink<T>& sink);

 private:
  Backend<T>& backend_;
  const ParameterLayout& layout_;
  Buffer<T> dz_[2];
};

}  // namespace psilon
