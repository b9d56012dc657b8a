#include "network/objective.h"

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
      figures_(backend, 2) {}

template <typename T>
void Objective<T>::differentiate(const T* parameters, const Batch<T>& batch, const T* alpha, ObjectiveWeights weights,
                                 GradientSink<T>& sink) {
  double* const loss = figures_.data();
  double* const penalty = figures_.data() + 1;
  weights_.prepare(parameters, alpha);
  const Matrix<T> f = forward_.run(weights_, parameters, batch.x);
  backend_.loss_gradient({config_.loss, f, batch.y, batch.weights, static_cast<T>(weights.loss),
                          backward_.output_gradient(f.rows), row_loss_.data()});
  backend_.sum_rows({row_loss_.data(), f.rows, loss});
  const T penalty_weight = static_cast<T>(weights.penalty);
  penalty_.evaluate(weights_, penalty_weight, penalty);
  backward_.run(weights_, forward_, batch.x, penalty_.terms(), sink);
  penalty_.add_closed(parameters, penalty_weight, penalty, sink);
}

template <typename T>
void Objective<T>::loss(const T* parameters, const Batch<T>& batch, double* value) {
  const Matrix<T> f = forward_.run(weights_, parameters, batch.x);
  backend_.loss_gradient({config_.loss, f, batch.y, batch.weights, T(1), {}, row_loss_.data()});
  backend_.sum_rows({row_loss_.data(), f.rows, value});
}

template class Objective<float>;
template class Objective<double>;

}  // namespace psilon
