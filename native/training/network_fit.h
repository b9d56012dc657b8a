#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "training/fit.h"
#include "training/kept_model.h"
#include "training/log.h"
#include "training/monitor.h"
#include "training/progress.h"
#include "training/step_queue.h"

namespace psilon {

/// One network in a run with its own state: rows and their order, the settings and figures of its steps, and the kept
/// parameters.
template <typename T>
class NetworkFit {
 public:
  static constexpr Index kStepFigures = 2;

  /// host: for data that is not on the device, and for models between stages and at the end, even if the device is
  /// lost.
  NetworkFit(Backend<T>& backend, Backend<T>& host, DeviceTables<T>& tables, const FitJob<T>& job);

  Index batches() const { return train_.batches(); }

  /// At the beginning, or where the snapshot was taken.
  void begin(Stage stage);
  /// Allocates what a stage holds, and computes nothing.
  void build(Stage stage);
  /// Continues from the learned parameters, changed for the stage.
  void enter(Stage stage);
  void begin_epoch(Index epoch);
  /// Steps begin .. end-1 of an epoch; alpha_of(k) is the blend of step k.
  template <typename AlphaOf>
  void queue_steps(Index epoch, Index begin, Index end, const AlphaOf& alpha_of) {
    const Rate rate = progress_.rate(epoch);
    queue_.set(end - begin, [&](Index step) -> StepSettings<T> {
      const Index k = begin + step;
      return {trainer_->next_rate(rate), static_cast<T>(alpha_of(k)), k * train_.batch_size()};
    });
  }

  // Operations, which can be recorded.

  /// The next queued step, with as many rows as batch k has.
  void step(Index k);
  /// The figures of an epoch.
  void measure(bool validate);
  /// Keeps the parameters.
  void keep();

  // Announces what those will write into the log.

  /// Records of so many figures that the log has room for.
  Index room(Index figures) const { return log_.room(figures); }
  void expect_steps(Index count);
  void expect_validation(Index epoch);
  void expect_epoch(Index epoch, double alpha, bool validated);
  void expect_kept(Index number, double alpha);

  /// Waits for running operations, and downloads their figures.
  void download_figures();
  /// Downloads the kept parameters, which would otherwise be lost with the device; between `download_figures` and
  /// `hear`.
  void download_kept();
  /// Processes the downloaded figures. Throws ERR_NON_FINITE.
  void hear();
  bool cancelled() const { return observer_.cancelled(); }
  bool snapshot_is_due() const { return on_snapshot_ && observer_.snapshot_is_due(); }
  /// Between epochs, once all their figures have been heard.
  void take_snapshot(Index epoch);
  /// Early stopping watches epochs of the network that will be kept: after pruning, if there is any.
  bool watched() const { return early_stopping_ && (stage_ == Stage::None || stage_ == Stage::Support); }
  /// Whether epoch 1, 2, ... is to be kept; where it was validated and is watched, its loss must have been read.
  bool keeps(Index number, bool validated);
  /// Whether early stopping has waited long enough.
  bool exhausted() const { return watched() && early_stopping_->exhausted(); }

  bool has_ended() const { return stopped_.has_value(); }
  /// Ends the fit with the result so far.
  void stop(Stopped how);
  void fail(const Error& error);
  /// Once it has ended.
  FitResult<T> result();

 private:
  void begin_stage(const NetworkConfig& config, Buffer<T> parameters);
  void go_on(const FitSnapshot<T>& from);
  NetworkConfig config_of(Stage stage) const;
  /// Frees what the stage held.
  void end_stage();
  Model<T> release_model();
  void expect(Index figures, typename Log<T>::Reader reader) { log_.expect(figures, 1, std::move(reader)); }
  bool blending() const { return stage_ == Stage::Blending; }

  Backend<T>& backend_;
  Backend<T>& host_;
  const Model<T>& model_;
  const FitOptions options_;
  FitObserver& observer_;
  std::shared_ptr<const FitSnapshot<T>> from_;  // until it begins
  const std::function<void(FitSnapshot<T>)> on_snapshot_;
  ShuffledDataset<T> train_;
  const PruningStages stages_;
  std::optional<Dataset<T>> validation_;
  StepQueue<T> queue_;
  Log<T> log_;
  Buffer<double> validation_figure_;
  std::unique_ptr<Trainer<T>> trainer_;
  std::unique_ptr<Monitor<T>> monitor_;
  std::optional<EarlyStopping> early_stopping_;
  Stage stage_ = Stage::None;
  Progress progress_;
  KeptModel<T> kept_;  // of the last finished epoch; of the best, once early stopping has found one
  bool best_is_kept_ = false;
  std::optional<Stopped> stopped_;
  std::optional<Error> failure_;
};

}  // namespace psilon
