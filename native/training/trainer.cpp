#include "training/trainer.h"

#include <cmath>
#include <utility>

namespace psilon {

template <typename T>
Trainer<T>::Trainer(Backend<T>& backend, Model<T> model, const ObjectiveConfig& objective, Projection projection,
                    Index batch_size, bool blending)
    : backend_(backend),
      config_(model.config),
      layout_(model.config),
      parameters_(backend, HostVector<T>(std::move(model.values))),  // gone before there are moments
      adam_(backend, layout_),
      objective_(backend, layout_, objective, batch_size, model.config.pruned, blending),
      objective_weights_(Objective<T>::weights_of(objective)),
      projection_(projection),
      tau_(backend, widest(layout_.layers())) {
  if (projection_ == Projection::EveryStep) project();
}

template <typename T>
StepValue Trainer<T>::step(const Batch<T>& batch, Rate rate, T alpha) {
  adam_.begin(parameters_.data(), objective_.weights(), rate);
  const auto value = objective_.differentiate(parameters_.data(), batch, alpha, objective_weights_, adam_);
  const bool finite = std::isfinite(value.objective) && adam_.finish();
  if (finite && projection_ == Projection::EveryStep) project();
  return {value.loss, value.penalty, value.objective, finite};
}

template <typename T>
double Trainer<T>::mean_loss(const Dataset<T>& rows) {
  double total = 0;
  for (Index k = 0; k < rows.batches(); k++) {
    const auto batch = rows.batch(k);
    const double share = static_cast<double>(batch.x.rows) / static_cast<double>(rows.rows());
    total += share * objective_.loss(parameters_.data(), batch);
  }
  return total;
}

template <typename T>
void Trainer<T>::project() {
  objective_.weights().rows_changed();
  for (int k = 0; k <= layout_.depth(); k++) {
    const auto v = layout_.view(parameters_.data(), k).v;
    backend_.thresholds({v, config_.pruned, tau_.data()});
    backend_.blend({v, nullptr, nullptr, true, tau_.data(), config_.pruned, T(1), v});
  }
}

template class Trainer<float>;
template class Trainer<double>;

}  // namespace psilon
