#pragma once

#include <span>

#include "network/propagation.h"
#include "training/schedules.h"

namespace psilon {

/// Descends by Adam (method, section 9): weights step as soon as their gradient is known, lengths and biases at the
/// end.
template <typename T>
class AdamState final : public GradientSink<T> {
 public:
  AdamState(Backend<T>& backend, const ParameterLayout& layout);

  /// Of the next step that is planned.
  AdamRate<T> next_rate(Rate rate);

  /// Goes on after so many steps.
  void go_on(std::span<const T> m, std::span<const T> u, Index steps);
  const Buffer<T>& m() const { return m_; }
  const Buffer<T>& u() const { return u_; }

  /// A step of these parameters at a rate on the device; it writes the norms of layer k's new rows to `norms(k)` of the
  /// weights.
  void begin(T* parameters, const EffectiveWeights<T>& weights, const AdamRate<T>* rate);
  LayerGradient<T> layer(int k) override;
  void finish();
  /// Whether a parameter or moment has not been finite, on the device.
  bool* diverged() const { return diverged_.data(); }

 private:
  Backend<T>& backend_;
  const ParameterLayout& layout_;
  Buffer<T> m_, u_;
  Buffer<T> vectors_;  // gradients of lengths and biases
  Buffer<bool> diverged_;
  T* parameters_ = nullptr;
  const EffectiveWeights<T>* weights_ = nullptr;
  const AdamRate<T>* rate_ = nullptr;
  Index planned_ = 0;
};

}  // namespace psilon
