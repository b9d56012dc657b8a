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
  /// Memory of z_k for n rows.
  Matrix<T> z(int k, Index n) const;

 private:
  Backend<T>& backend_;
  const ParameterLayout& layout_;
  Index capacity_;
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

}  // namespace psilon
