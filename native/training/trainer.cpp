#include "training/trainer.h"

#include <utility>

namespace psilon {

template <typename T>
Trainer<T>::Trainer(Backend<T>& backend, const NetworkConfig& config, Buffer<T> parameters,
                    const ObjectiveConfig& objective, Projection projection, Index batch_size, bool blending,
                    const StepSettings<T>* settings)
    : backend_(backend),
      config_(config),
      layout_(config),
      parameters_(std::move(parameters)),
      adam_(backend, layout_),
      objective_(backend, layout_, objective, batch_size, config.pruned, blending),
      objective_weights_(ObjectiveWeights::of(objective)),
      projection_(projection),
      settings_(settings),
      tau_(backend, widest(layout_.layers())),
      batch_loss_(backend, 1) {}

template <typename T>
void Trainer<T>::begin() {
  if (projection_ == Projection::EveryStep) project();
  objective_.weights().measure(parameters_.data());
}

template <typename T>
void Trainer<T>::go_on(const FitSnapshot<T>& from, Index steps) {
  parameters_.upload(from.parameters);
  adam_.go_on(from.m, from.u, steps);
  objective_.weights().set_row_values(from.row_values);
}

template <typename T>
void Trainer<T>::describe(FitSnapshot<T>& snapshot) const {
  snapshot.parameters = parameters_.download();
  snapshot.m = adam_.m().download();
  snapshot.u = adam_.u().download();
  snapshot.row_values = objective_.weights().row_values().download();
}

template <typename T>
void Trainer<T>::step(const Batch<T>& batch, bool blended) {
  adam_.begin(parameters_.data(), objective_.weights(), &settings_->rate);
  objective_.differentiate(parameters_.data(), batch, alpha(blended), objective_weights_, adam_);
  adam_.finish();
  if (projection_ == Projection::None) return;
  project();
  objective_.weights().measure(parameters_.data());
}

template <typename T>
StepValue Trainer<T>::value() const {
  const auto figures = objective_.figures().download();
  return {figures[0], figures[1], objective_weights_.combine(figures[0], figures[1])};
}

template <typename T>
void Trainer<T>::mean_loss(const Dataset<T>& rows, double* value) {
  for (Index k = 0; k < rows.batches(); k++) {
    const auto batch = rows.batch(k);
    objective_.loss(parameters_.data(), batch, batch_loss_.data());
    const double share = static_cast<double>(batch.x.rows) / static_cast<double>(rows.rows());
    backend_.add_share({batch_loss_.data(), share, k == 0, value});
  }
}

template <typename T>
void Trainer<T>::project() {
  for (int k = 0; k <= layout_.depth(); k++) {
    const auto v = layout_.view(parameters_.data(), k).v;
    backend_.thresholds({v, config_.pruned, tau_.data()});
    backend_.blend({v, nullptr, nullptr, true, tau_.data(), config_.pruned, nullptr, v});
  }
}

template class Trainer<float>;
template class Trainer<double>;

}  // namespace psilon
