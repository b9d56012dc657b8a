#include "network/objective.h"

#include <cmath>

namespace psilon {

template <typename T>
Objective<T>::Objective(Backend<T>& backend, const ParameterLayout& layout, const ObjectiveConfig& config, Index batch,
                        bool pruned, bool blending)
    : backend_(backend),
      layout_(layout),
      config_(config),
      weights_(backend, layout, pruned, blending),
      forward_(backend, layout, batch),
      backward_(backend, layout, batch),
      penalty_(backend, layout, config.regularizer),
      row_loss_(backend, batch),
      value_(backend, 1) {}

template <typename T>
ObjectiveValue Objective<T>::differentiate(const T* parameters, const Batch<T>& batch, T alpha,
                                           ObjectiveWeights weights, GradientSink<T>& sink) {
  weights_.prepare(parameters, alpha);
  const Matrix<T> f = forward_.run(weights_, parameters, batch.x);
  backend_.loss_gradient({config_.loss, f, batch.y, batch.weights, static_cast<T>(weights.loss),
                          backward_.output_gradient(f.rows), row_loss_.data()});
  backend_.sum_rows(row_loss_.data(), f.rows, value_.data());
  const double loss = value_.value();
  const T penalty_weight = static_cast<T>(weights.penalty);
  const double penalty = penalty_.evaluate(weights_, parameters, penalty_weight);
  const double objective = weights.loss * loss + weights.penalty * penalty;
  if (std::isfinite(objective)) {
    backward_.run(weights_, forward_, batch.x, penalty_.terms(), sink);
    penalty_.add_closed(parameters, penalty_weight, sink);
  }
  return {loss, penalty, objective};
}

template <typename T>
double Objective<T>::loss(const T* parameters, const Batch<T>& batch) {
  const Matrix<T> f = forward_.run(weights_, parameters, batch.x);
  backend_.loss_gradient({config_.loss, f, batch.y, batch.weights, T(1), {}, row_loss_.data()});
  backend_.sum_rows(row_loss_.data(), f.rows, value_.data());
  return value_.value();
}

template class Objective<float>;
template class Objective<double>;

}  // namespace psilon
