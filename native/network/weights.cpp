#include "network/weights.h"

#include <algorithm>

namespace psilon {

template <typename T>
EffectiveWeights<T>::EffectiveWeights(Backend<T>& backend, const ParameterLayout& layout, bool pruned, bool blending)
    : backend_(backend), layout_(layout), pruned_(pruned) {
  Index rows = 0, tallest = 0;
  for (const Layer& layer : layout.layers()) {
    rows += layer.normalized() ? layer.out : 0;
    tallest = std::max(tallest, layer.out);
  }
  row_values_ = Buffer<T>(backend, 3 * rows);
  T* next = row_values_.data();
  for (const Layer& layer : layout.layers()) {
    if (!layer.normalized()) {
      rows_.push_back({nullptr, nullptr, nullptr});
      continue;
    }
    rows_.push_back({next, next + layer.out, next + 2 * layer.out});
    next += 3 * layer.out;
  }
  dg_rows_ = Buffer<T>(backend, tallest);
  if (blending) blended_ = Buffer<T>(backend, layout.weights_size());
}

template <typename T>
void EffectiveWeights<T>::scale(const T* parameters, bool known) {
  scales_.clear();
  for (int k = 0; k <= layout_.depth(); k++) {
    const Layer& layer = layout_.layers()[static_cast<std::size_t>(k)];
    if (!layer.normalized()) continue;
    const auto p = layout_.view(parameters, k);
    const Rows& rows = rows_[static_cast<std::size_t>(k)];
    scales_.push_back({p.v, layer.normalization, p.g, layer.shared_length, known, rows.norm, rows.scale});
  }
  backend_.row_scales_of(scales_);
}

template <typename T>
void EffectiveWeights<T>::measure(const T* parameters) {
  scale(parameters, false);
  norms_known_ = true;
}

template <typename T>
void EffectiveWeights<T>::set_row_values(std::span<const T> values) {
  row_values_.upload(values);
  norms_known_ = true;
}

template <typename T>
void EffectiveWeights<T>::prepare(const T* parameters, const T* alpha) {
  parameters_ = parameters;
  alpha_ = alpha;
  scale(parameters, norms_known_);
  for (int k = 0; k <= layout_.depth() && alpha != nullptr; k++) {
    const Layer& layer = layout_.layers()[static_cast<std::size_t>(k)];
    if (!layer.normalized()) continue;
    const auto p = layout_.view(parameters, k);
    const Rows& rows = rows_[static_cast<std::size_t>(k)];
    backend_.thresholds({p.v, pruned_, rows.tau});
    backend_.blend(
        {p.v, rows.scale, p.g, layer.shared_length, rows.tau, pruned_, alpha, layout_.view(blended_.data(), k).v});
  }
  norms_known_ = true;
}

template <typename T>
Weights<T> EffectiveWeights<T>::effective(int k) const {
  const bool blended = alpha_ != nullptr && layout_.layers()[static_cast<std::size_t>(k)].normalized();
  return blended ? Weights<T>{layout_.view(blended_.data(), k).v, nullptr} : normalised(k);
}

template <typename T>
Weights<T> EffectiveWeights<T>::normalised(int k) const {
  return {layout_.view(parameters_, k).v, rows_[static_cast<std::size_t>(k)].scale};
}

template <typename T>
WeightsBackward<T> EffectiveWeights<T>::backward(int k, const RegularizerTerm<T>& term,
                                                 const LayerGradient<T>& gradient) {
  const Layer& layer = layout_.layers()[static_cast<std::size_t>(k)];
  const auto p = layout_.view(parameters_, k);
  const Rows& rows = rows_[static_cast<std::size_t>(k)];
  norms_known_ = gradient.dv.count == 0;
  return {
      .activation = layer.activation,
      .dz = {},
      .x = {},
      .v = p.v,
      .normalization = layer.normalization,
      .g = p.g,
      .shared = layer.shared_length,
      .norm = rows.norm,
      .scale = rows.scale,
      .tau = rows.tau,
      .alpha = layer.normalized() ? alpha_ : nullptr,
      .term = term,
      .keep_zeros = pruned_,
      .dg_rows = dg_rows_.data(),
      .gradient = gradient,
  };
}

template class EffectiveWeights<float>;
template class EffectiveWeights<double>;

}  // namespace psilon
