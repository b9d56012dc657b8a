#pragma once

#include <utility>

#include "network/objective.h"
#include "training/adam.h"
#include "training/dataset.h"

namespace psilon {

enum class Projection { None, EveryStep };

/// The figures of one step, before its update.
struct StepValue {
  double loss;
  double penalty;
  double objective;
  bool finite;
};

/// A network under training on a device, one batch at a time.
template <typename T>
class Trainer {
 public:
  Trainer(Backend<T>& backend, Model<T> model, const ObjectiveConfig& objective, Projection projection,
          Index batch_size, bool blending);

  StepValue step(const Batch<T>& batch, Rate rate, T alpha);

  /// Brings the weights up to date with the parameters, for what follows.
  void prepare(T alpha) { objective_.weights().prepare(parameters_.data(), alpha); }
  /// Of all rows, with the weights that were prepared.
  double mean_loss(const Dataset<T>& rows);

  const ParameterLayout& layout() const { return layout_; }
  const Buffer<T>& parameters() const { return parameters_; }
  const EffectiveWeights<T>& weights() { return objective_.weights(); }
  Model<T> model() const { return {config_, parameters_.download()}; }
  /// Parameters alone, with which the trainer ends.
  Buffer<T> release() { return std::move(parameters_); }
  const NetworkConfig& config() const { return config_; }
  /// The same in the place of another model.
  void save(Model<T>& model) const {
    parameters_.download(model.values);
    model.config = config_;
  }

 private:
  /// v <- p for every row.
  void project();

  Backend<T>& backend_;
  NetworkConfig config_;
  ParameterLayout layout_;
  Buffer<T> parameters_;
  AdamState<T> adam_;
  Objective<T> objective_;
  ObjectiveWeights objective_weights_;
  Projection projection_;
  Buffer<T> tau_;
};

}  // namespace psilon
