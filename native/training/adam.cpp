#include "training/adam.h"

#include <cmath>

namespace psilon {

template <typename T>
AdamState<T>::AdamState(Backend<T>& backend, const ParameterLayout& layout)
    : backend_(backend),
      layout_(layout),
      m_(backend, layout.size()),
      u_(backend, layout.size()),
      vectors_(backend, layout.size() - layout.weights_size()),
      diverged_(backend, 1) {}

template <typename T>
AdamRate<T> AdamState<T>::next_rate(Rate rate) {
  constexpr double kBeta2 = 0.999;
  const double t = static_cast<double>(++planned_);
  return AdamRate<T>::of(rate.beta1, kBeta2, rate.learning_rate / (1 - std::pow(rate.beta1, t)),
                         std::sqrt(1 - std::pow(kBeta2, t)));
}

template <typename T>
void AdamState<T>::go_on(std::span<const T> m, std::span<const T> u, Index steps) {
  m_.upload(m);
  u_.upload(u);
  planned_ = steps;
}

template <typename T>
void AdamState<T>::begin(T* parameters, const EffectiveWeights<T>& weights, const AdamRate<T>* rate) {
  parameters_ = parameters;
  weights_ = &weights;
  rate_ = rate;
}

template <typename T>
LayerGradient<T> AdamState<T>::layer(int k) {
  const auto vectors = layout_.view_vectors(vectors_.data(), k);
  return {
      .dv = {},
      .adam = {.v = layout_.view(parameters_, k).v,
               .m = layout_.view(m_.data(), k).v,
               .u = layout_.view(u_.data(), k).v,
               .norm = weights_->norms(k),
               .rate = rate_,
               .diverged = diverged_.data()},
      .dg = vectors.g,
      .db = vectors.b,
  };
}

template <typename T>
void AdamState<T>::finish() {
  const Index first = layout_.weights_size();
  backend_.adam({
      .count = vectors_.size(),
      .gradient = vectors_.data(),
      .parameters = parameters_ + first,
      .m = m_.data() + first,
      .u = u_.data() + first,
      .rate = rate_,
      .diverged = diverged_.data(),
  });
}

template class AdamState<float>;
template class AdamState<double>;

}  // namespace psilon
