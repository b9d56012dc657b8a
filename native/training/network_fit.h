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

/// One network in a run, and all that is its own: rows and their order, what its steps are told, the figures that they
/// give, and the parameters that are kept.
template <typename T>
class NetworkFit {
 public:
  static constexpr Index kStepFigures = 2;

  /// host: for what is not on the device, and models between stages and at the end, also where the device is lost.
  NetworkFit(Backend<T>& backend, Backend<T>& host, DeviceTables<T>& tables, const FitJob<T>& job);

  Index batches() const { return train_.batches(); }

  void begin(Stage stage);
  /// Allocates what a stage holds, and computes nothing.
  void build(Stage stage);
  /// Goes on from what it has learned, changed for the stage.
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

  // What those will write into the log is said before.

  /// Records of so many figures that the log has room for.
  Index room(Index figures) const { return log_.room(figures); }
  void expect_steps(Index count);
  void expect_validation(Index epoch);
  void expect_epoch(Index epoch, double alpha, bool validated);
  void expect_kept(Index number, double alpha);

  /// Waits for what is under way, and gets its figures.
  void download_figures();
  /// Gets the parameters that were kept, which else are lost with the device; between `download_figures` and `hear`.
  void download_kept();
  /// Hears of what was done, from the figures. Throws ERR_NON_FINITE.
  void hear();
  bool cancelled() const { return observer_.cancelled(); }
  /// Early stopping looks at epochs of the network that will be kept: after pruning, where there is any.
  bool watched() const { return early_stopping_ && (stage_ == Stage::None || stage_ == Stage::Support); }
  /// Whether epoch 1, 2, ... is to be kept; where it was validated and is watched, its loss must have been read.
  bool keeps(Index number, bool validated);
  /// Whether early stopping has waited long enough.
  bool exhausted() const { return watched() && early_stopping_->exhausted(); }

  bool has_ended() const { return stopped_.has_value(); }
  /// Ends with what has been done.
  void stop(Stopped how);
  void fail(const Error& error);
  /// Once it has ended.
  FitResult<T> result();

 private:
  void begin_stage(const NetworkConfig& config, Buffer<T> parameters);
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
  ShuffledDataset<T> train_;
  std::optional<Dataset<T>> validation_;
  StepQueue<T> queue_;
  Log<T> log_;
  Buffer<double> validation_figure_;
  std::unique_ptr<Trainer<T>> trainer_;
  std::unique_ptr<Monitor<T>> monitor_;
  std::optional<EarlyStopping> early_stopping_;
  Stage stage_ = Stage::None;
  Progress progress_;
  KeptModel<T> kept_;  // of the last finished epoch; from the first one that early stopping likes, of the best
  bool best_is_kept_ = false;
  std::optional<Stopped> stopped_;
  std::optional<Error> failure_;
};

}  // namespace psilon
