#pragma once

#include <cstdint>
#include <optional>

#include "support/error.h"
#include "training/dataset.h"
#include "training/early_stopping.h"
#include "training/pruning_stages.h"
#include "training/trainer.h"

namespace psilon {

struct FitOptions {
  ObjectiveConfig objective;
  Index epochs;
  Index batch_size;
  double learning_rate;
  Schedule schedule;
  Projection projection;
  std::optional<PruneSchedule> prune;
  std::optional<EarlyStoppingConfig> early_stopping;
  Index validation_every;
  std::uint64_t seed;
};

struct EpochRecord {
  Index epoch;  // 1, 2, ...
  double loss;
  double objective;
  std::optional<double> validation_loss;
  double learning_rate;
  double alpha;
  double path_norm;
  double near_sparsity;
  double exact_sparsity;  // while alpha is between 0 and 1: of the projection
  double seconds;
};

/// Who watches a fit. Called on the thread that trains.
class FitObserver {
 public:
  virtual ~FitObserver() = default;
  /// Asked before every batch, or, where the device runs ahead, some ten times a second.
  virtual bool cancelled() = 0;
  /// In their order; where the device runs ahead, several at once.
  virtual void epoch_finished(const EpochRecord& record) = 0;
};

enum class Stopped { Completed, Cancelled, EarlyStopping, Failed };

template <typename T>
struct FitResult {
  Stopped stopped;
  Model<T> model;  // of the best epoch where early stopping is on, else of the last finished one
  Index epoch;
  double seconds;
  std::optional<Error> failure;
};

/// Trains a model. `validation` may be null. The rows are read, never changed: any number of fits may share them. Equal
/// arguments give equal bits for any number of threads.
template <typename T>
FitResult<T> fit(Backend<T>& backend, const Model<T>& model, SharedRows<T> train, SharedRows<T> validation,
                 const FitOptions& options, FitObserver& observer);

}  // namespace psilon
