#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "support/error.h"
#include "training/dataset.h"
#include "training/early_stopping.h"
#include "training/epoch_record.h"
#include "training/pruning_stages.h"
#include "training/snapshot.h"
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

  /// visit(name in JavaScript, field) for each, those of the objective among them.
  template <typename Self, typename Visit>
  static void fields(Self& self, const Visit& visit) {
    ObjectiveConfig::fields(self.objective, visit);
    visit("epochs", self.epochs);
    visit("batchSize", self.batch_size);
    visit("learningRate", self.learning_rate);
    visit("schedule", self.schedule);
    visit("projection", self.projection);
    visit("prune", self.prune);
    visit("earlyStopping", self.early_stopping);
    visit("validationEvery", self.validation_every);
    visit("seed", self.seed);
  }
};

/// The observer of a fit. Called on the training thread.
class FitObserver {
 public:
  virtual ~FitObserver() = default;
  /// Called before every batch, or, if the device runs ahead, some ten times a second.
  virtual bool cancelled() = 0;
  /// Called in order, for several epochs at once if the device runs ahead: with the epochs that ReportedEpochs
  /// includes, and the last one.
  virtual void epoch_finished(const EpochRecord& record) = 0;
  /// Whether to take a snapshot now, asked after every epoch but the last.
  virtual bool snapshot_is_due() { return false; }
};

/// How a fit ended; a failed fit has an error instead.
enum class Stopped { Completed, Cancelled, EarlyStopping, Failed };
template <>
inline constexpr auto kWords<Stopped> = std::to_array<Word<Stopped>>({
    {"completed", Stopped::Completed},
    {"cancelled", Stopped::Cancelled},
    {"early-stopping", Stopped::EarlyStopping},
});

template <typename T>
struct FitResult {
  Stopped stopped;
  Model<T> model;  // of the best epoch with early stopping, else of the last finished one
  Index epoch;
  std::optional<EpochRecord> kept;  // the figures of that epoch; none for epoch 0
  double seconds;
  std::optional<Error> failure;
};

/// One model and what it is trained on. The rows are read, never changed: any number of fits may share them.
template <typename T>
struct FitJob {
  const Model<T>& model;
  SharedRows<T> train;
  SharedRows<T> validation;  // may be null
  FitOptions options;
  FitObserver& observer;
  std::shared_ptr<const FitSnapshot<T>> from = nullptr;       // goes on from it
  std::function<void(FitSnapshot<T>)> on_snapshot = nullptr;  // receives those that were due
};

/// Trains models step by step together: a device may do each operation of all of them at once. They have equal configs,
/// numbers of rows, presence of their weights, epochs from which they go on, and options, except for the objective's
/// lambda and reg_weight, learning_rate, schedule, early_stopping and seed. A model that fails or stops early ends
/// alone; an error of the device ends all. Equal arguments give equal bits for any number of threads. Throws
/// ERR_MEMORY, before it begins.
template <typename T>
std::vector<FitResult<T>> fit_together(Backend<T>& backend, std::vector<FitJob<T>> jobs);

/// Allocates on these devices what such fits hold while they train, at the stage that holds most, and frees it.
template <typename T>
void build_together(Backend<T>& backend, Backend<T>& host, std::vector<FitJob<T>> jobs);

}  // namespace psilon
