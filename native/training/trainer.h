#pragma once

#include <utility>

#include "network/objective.h"
#include "training/adam.h"
#include "training/dataset.h"
#include "training/snapshot.h"

namespace psilon {

enum class Projection { None, EveryStep };
template <>
inline constexpr auto kWords<Projection> =
    std::to_array<Word<Projection>>({{"none", Projection::None}, {"every-step", Projection::EveryStep}});

/// The figures of one step, before its update.
struct StepValue {
  double loss;
  double regularizer;
  double objective;
};

/// A model's parameters on a device.
template <typename T>
Buffer<T> upload_parameters(Backend<T>& backend, const Model<T>& model) {
  Buffer<T> parameters(backend, ParameterLayout(model.config).size());
  parameters.upload(model.values);
  return parameters;
}

/// A network under training on a device, one batch at a time. What changes from step to step is read on the device.
template <typename T>
class Trainer {
 public:
  Trainer(Backend<T>& backend, const NetworkConfig& config, Buffer<T> parameters, const ObjectiveConfig& objective,
          Projection projection, Index batch_size, bool blending, const StepSettings<T>* settings);

  /// The parameters are those it begins with.
  void begin();
  /// They are those after so many steps.
  void go_on(const FitSnapshot<T>& from, Index steps);
  /// Writes what that needs.
  void describe(FitSnapshot<T>& snapshot) const;

  /// Of the next step that is planned.
  AdamRate<T> next_rate(Rate rate) { return adam_.next_rate(rate); }
  /// blended: by the alpha of the settings, else not at all
  void step(const Batch<T>& batch, bool blended);
  /// Loss and regularizer of the last step, on the device.
  const double* figures() const { return objective_.figures().data(); }
  /// Whether a parameter or moment has not been finite, on the device.
  bool* diverged() const { return adam_.diverged(); }
  /// Of the last step, which this waits for.
  StepValue value() const;

  /// Brings the weights up to date with the parameters.
  void prepare(bool blended) { objective_.weights().prepare(parameters_.data(), alpha(blended)); }
  /// Loss of all rows with the prepared weights, into `value` on the device.
  void mean_loss(const Dataset<T>& rows, double* value);

  const ParameterLayout& layout() const { return layout_; }
  const Buffer<T>& parameters() const { return parameters_; }
  Index row_values() const { return objective_.weights().row_values().size(); }
  const EffectiveWeights<T>& weights() { return objective_.weights(); }
  Model<T> model() const { return {config_, parameters_.download()}; }
  /// Parameters alone, with which the trainer ends.
  Buffer<T> release() { return std::move(parameters_); }
  const NetworkConfig& config() const { return config_; }

 private:
  /// v <- p for every row.
  void project();
  const T* alpha(bool blended) const { return blended ? &settings_->alpha : nullptr; }

  Backend<T>& backend_;
  NetworkConfig config_;
  ParameterLayout layout_;
  Buffer<T> parameters_;
  AdamState<T> adam_;
  Objective<T> objective_;
  ObjectiveWeights objective_weights_;
  Projection projection_;
  const StepSettings<T>* settings_;
  Buffer<T> tau_;
  Buffer<double> batch_loss_;
};

}  // namespace psilon
