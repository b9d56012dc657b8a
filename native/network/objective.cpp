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
      regularizer_(backend, layout, config.regularizer),
      row_loss_(backend, batch),
      figures_(backend, 2) {}

template <typename T>
void Objective<T>::differentiate(const T* parameters, const Batch<T>& batch, const T* alpha, ObjectiveWeights weights,
                                 GradientSink<T>& sink) {
  double* const loss = figures_.data();
  double* const regularizer = figures_.data() + 1;
  weights_.prepare(parameters, alpha);
  const Matrix<T> f = forward_.run(weights_, parameters, batch.x);
  backend_.loss_gradient({config_.loss, f, batch.y, batch.weights, static_cast<T>(weights.loss),
                          backward_.output_gradient(f.rows), row_loss_.data()});
  backend_.sum_rows({row_loss_.data(), f.rows, loss});
  const T regularizer_weight = static_cast<T>(weights.regularizer);
  regularizer_.evaluate(weights_, regularizer_weight, regularizer);
  backward_.run(weights_, forward_, batch.x, regularizer_.terms(), sink);
  regularizer_.add_closed(parameters, regularizer_weight, regularizer, sink);
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
