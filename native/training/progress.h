#pragma once

#include <chrono>
#include <optional>

#include "training/fit.h"
#include "training/monitor.h"
#include "training/reported_epochs.h"

namespace psilon {

/// The host's view of a run from its figures, in order. Throws ERR_NON_FINITE for the first step or epoch
/// that has one.
class Progress {
 public:
  Progress(const FitOptions& options, Index batches, FitObserver& observer)
      : options_(options), batches_(batches), observer_(observer) {
    if (!options.prune || !options.prune->restart) return;
    const Index step = PruningStages(options.prune, options.epochs * batches).last_step(Stage::Blending);
    restart_ = (step + batches - 1) / batches;
  }

  void step_finished(double loss, double regularizer, bool diverged);
  void validated(Index epoch, double loss);
  void epoch_finished(Index epoch, double alpha, bool validated, const MonitorValues& values);
  /// The parameters of the epoch that finished last have been kept.
  void epoch_kept() { kept_ = last_; }
  /// The run has ended.
  void end();

  /// Goes on after the epoch of a position.
  void go_on(const FitPosition& position);
  /// Writes what that needs.
  void describe(FitPosition& position) const;

  const std::optional<EpochRecord>& kept() const { return kept_; }
  double validation_loss() const { return validation_loss_; }
  double seconds() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count(); }
  Rate rate(Index epoch) const {
    const Index begin = epoch < restart_ ? 0 : restart_;
    return rate_at(options_.schedule, epoch - begin, options_.epochs - begin, options_.learning_rate);
  }

 private:
  Error non_finite(Index epoch, Index step, const char* what) const;

  const FitOptions& options_;
  const ObjectiveWeights weights_ = ObjectiveWeights::of(options_.objective);
  const Index batches_;
  Index restart_ = options_.epochs;  // first epoch of which every step is on the support
  FitObserver& observer_;
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  Index steps_ = 0;
  ReportedEpochs reported_;
  std::optional<EpochRecord> last_, kept_;
  bool last_is_reported_ = false;
  double loss_ = 0, objective_ = 0, validation_loss_ = 0;  // of the epoch that is read
};

/// The same error with the epoch whose parameters the network keeps.
Error error_with_kept(const Error& error, Index epoch);

}  // namespace psilon
