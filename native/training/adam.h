#pragma once

#include "network/propagation.h"
#include "training/schedules.h"

namespace psilon {

/// Descends by Adam (method, section 9): weights step as soon as their gradient is known, lengths and biases at the end.
template <typename T>
class AdamState final : public GradientSink<T> {
 public:
  AdamState(Backend<T>& backend, const ParameterLayout& layout);

  /// A new step of these parameters; `norms(k)` takes the norms of the new rows of layer k.
  void begin(T* parameters, const EffectiveWeights<T>& weights, Rate rate);
  LayerGradient<T> layer(int k) override;
  /// Returns whether every parameter and moment is still finite.
  bool finish();

 private:
  Backend<T>& backend_;
  const ParameterLayout& layout_;
  Buffer<T> m_, u_;
  Buffer<T> vectors_;  // gradients of lengths and biases
  Buffer<bool> stray_;
  T* parameters_ = nullptr;
  const EffectiveWeights<T>* weights_ = nullptr;
  AdamRate rate_{};
  Index steps_ = 0;
};

}  // namespace psilon
