#include "network/regularizer.h"

#include <algorithm>

namespace psilon {

namespace {

/// prod_k |g_k| and similar forms hold for L1 rows with shared lengths, but not for the original bound of a resnet.
bool has_closed_form(const ParameterLayout& layout, Regularizer regularizer) {
  const auto& layers = layout.layers();
  const bool shared = std::all_of(layers.begin(), layers.end() - 1, [](const Layer& l) { return l.shared_length; });
  const bool resnet = layers.back().matrices == 2;
  return layers[0].normalization == Normalization::L1 && shared &&
         (regularizer == Regularizer::PathImproved || (regularizer == Regularizer::Path && !resnet));
}

}  // namespace

template <typename T>
RegularizerGradient<T>::RegularizerGradient(Backend<T>& backend, const ParameterLayout& layout, Regularizer regularizer)
    : backend_(backend),
      layout_(layout),
      regularizer_(regularizer),
      bound_(word_of(regularizer).bound),
      closed_form_(has_closed_form(layout, regularizer)),
      terms_(layout.layers().size()),
      factors_(layout.layers().size()),
      row_sums_(backend, widest(layout.layers())),
      layer_sums_(backend, static_cast<Index>(layout.layers().size())) {
  if (bound_ && !closed_form_) vectors_ = std::make_unique<PathVectors<T>>(backend, layout);
}

template <typename T>
void RegularizerGradient<T>::evaluate(const EffectiveWeights<T>& weights, T weight, double* value) {
  if (regularizer_ == Regularizer::None || closed_form_) return;
  if (bound_)
    evaluate_path(weights, *bound_, weight, value);
  else
    evaluate_l2(weights, weight, value);
}

template <typename T>
void RegularizerGradient<T>::add_closed(const T* parameters, T weight, double* value, GradientSink<T>& sink) {
  if (!closed_form_) return;
  for (int k = 0; k <= layout_.depth(); k++) {
    const Layer& layer = layout_.layers()[static_cast<std::size_t>(k)];
    factors_[static_cast<std::size_t>(k)] = {layout_.view(parameters, k).g, layer.lengths(), layer.residual,
                                             sink.layer(k).dg};
  }
  backend_.path_norm_closed({factors_.data(), static_cast<int>(factors_.size()), weight, value});
}

template <typename T>
void RegularizerGradient<T>::evaluate_path(const EffectiveWeights<T>& weights, Bound bound, T weight, double* value) {
  vectors_->forward(weights, bound, PathVectors<T>::Of::Normalised);
  vectors_->sum(value);
  vectors_->backward(weights, bound, PathVectors<T>::Of::Normalised);
  for (int k = 0; k <= layout_.depth(); k++) {
    terms_[static_cast<std::size_t>(k)] = {
        .regularizer = regularizer_,
        .weight = weight,
        .r = vectors_->r(k).data(),
        .q = vectors_->q(k + 1).data(),
        .residual = layout_.layers()[static_cast<std::size_t>(k)].residual,
    };
  }
}

template <typename T>
void RegularizerGradient<T>::evaluate_l2(const EffectiveWeights<T>& weights, T weight, double* value) {
  for (int k = 0; k <= layout_.depth(); k++) {
    backend_.squared_norm({weights.normalised(k), row_sums_.data(), layer_sums_.data() + k});
    terms_[static_cast<std::size_t>(k)] = {.regularizer = Regularizer::L2, .weight = weight};
  }
  backend_.sum_rows({layer_sums_.data(), layer_sums_.size(), value});
}

template class RegularizerGradient<float>;
template class RegularizerGradient<double>;

}  // namespace psilon
