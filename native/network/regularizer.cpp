#include "network/regularizer.h"

#include <algorithm>

namespace psilon {

namespace {

/// prod_k |g_k| and its kin hold for L1 rows with shared lengths; the original bound of a resnet is not among them.
bool has_closed_form(const ParameterLayout& layout, Regularizer regularizer) {
  const auto& layers = layout.layers();
  const bool shared = std::all_of(layers.begin(), layers.end() - 1, [](const Layer& l) { return l.shared_length; });
  const bool resnet = layers.back().matrices == 2;
  return layers[0].normalization == Normalization::L1 && shared &&
         (regularizer == Regularizer::PathImproved || (regularizer == Regularizer::Path && !resnet));
}

}  // namespace

template <typename T>
PenaltyGradient<T>::PenaltyGradient(Backend<T>& backend, const ParameterLayout& layout, Regularizer regularizer)
    : backend_(backend),
      layout_(layout),
      regularizer_(regularizer),
      closed_form_(has_closed_form(layout, regularizer)),
      terms_(layout.layers().size()),
      factors_(layout.layers().size()),
      row_sums_(backend, widest(layout.layers())),
      value_(backend, 1) {
  const bool path = regularizer == Regularizer::Path || regularizer == Regularizer::PathImproved;
  if (path && !closed_form_) vectors_ = std::make_unique<PathVectors<T>>(backend, layout);
}

template <typename T>
double PenaltyGradient<T>::evaluate(const EffectiveWeights<T>& weights, const T* parameters, T weight) {
  if (regularizer_ == Regularizer::None) return 0;
  if (closed_form_) return closed(parameters, 0, nullptr);
  return regularizer_ == Regularizer::L2 ? evaluate_l2(weights, weight) : evaluate_path(weights, weight);
}

template <typename T>
void PenaltyGradient<T>::add_closed(const T* parameters, T weight, GradientSink<T>& sink) {
  if (closed_form_) closed(parameters, weight, &sink);
}

template <typename T>
double PenaltyGradient<T>::closed(const T* parameters, T weight, GradientSink<T>* sink) {
  for (int k = 0; k <= layout_.depth(); k++) {
    const Layer& layer = layout_.layers()[static_cast<std::size_t>(k)];
    T* dg = sink == nullptr ? nullptr : sink->layer(k).dg;
    factors_[static_cast<std::size_t>(k)] = {layout_.view(parameters, k).g, layer.lengths(), layer.residual, dg};
  }
  backend_.path_norm_closed({factors_.data(), static_cast<int>(factors_.size()), weight, value_.data()});
  return value_.value();
}

template <typename T>
double PenaltyGradient<T>::evaluate_path(const EffectiveWeights<T>& weights, T weight) {
  const bool original = regularizer_ == Regularizer::Path;
  const Bound bound = original ? Bound::Original : Bound::Improved;
  const double value = vectors_->forward(weights, bound, PathVectors<T>::Of::Normalised);
  vectors_->backward(weights, bound, PathVectors<T>::Of::Normalised);
  for (int k = 0; k <= layout_.depth(); k++) {
    terms_[static_cast<std::size_t>(k)] = {
        .penalty = original ? Penalty::PathOriginal : Penalty::PathImproved,
        .weight = weight,
        .r = vectors_->r(k).data(),
        .q = vectors_->q(k + 1).data(),
        .residual = layout_.layers()[static_cast<std::size_t>(k)].residual,
    };
  }
  return value;
}

template <typename T>
double PenaltyGradient<T>::evaluate_l2(const EffectiveWeights<T>& weights, T weight) {
  double total = 0;
  for (int k = 0; k <= layout_.depth(); k++) {
    backend_.squared_norm(weights.normalised(k), row_sums_.data(), value_.data());
    total += value_.value();
    terms_[static_cast<std::size_t>(k)] = {.penalty = Penalty::L2, .weight = weight};
  }
  return total;
}

template class PenaltyGradient<float>;
template class PenaltyGradient<double>;

}  // namespace psilon
