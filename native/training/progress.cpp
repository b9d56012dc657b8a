#include "training/progress.h"

#include <cmath>
#include <cstdio>
#include <optional>
#include <string>
#include <utility>

namespace psilon {

void Progress::step_finished(double loss, double regularizer, bool diverged) {
  const Index step = ++steps_, epoch = (step - 1) / batches_;
  const double objective = weights_.combine(loss, regularizer);
  const bool finite = std::isfinite(objective);
  if (!finite || diverged) throw non_finite(epoch, step, finite ? "an update" : "the loss");
  if (step == epoch * batches_ + 1) loss_ = objective_ = 0;
  loss_ += loss / static_cast<double>(batches_);
  objective_ += objective / static_cast<double>(batches_);
}

void Progress::validated(Index epoch, double loss) {
  if (!std::isfinite(loss)) throw non_finite(epoch, (epoch + 1) * batches_, "the validation loss");
  validation_loss_ = loss;
}

void Progress::epoch_finished(Index epoch, double alpha, bool validated, const MonitorValues& values) {
  const Index step = (epoch + 1) * batches_;
  if (!std::isfinite(values.path_norm)) throw non_finite(epoch, step, "the path norm");
  if (!std::isfinite(values.near_sparsity)) throw non_finite(epoch, step, "the near sparsity");
  last_ = EpochRecord{
      .epoch = epoch + 1,
      .loss = loss_,
      .objective = objective_,
      .validation_loss = validated ? std::optional(validation_loss_) : std::nullopt,
      .learning_rate = rate(epoch).learning_rate,
      .alpha = alpha,
      .path_norm = values.path_norm,
      .near_sparsity = values.near_sparsity,
      .exact_sparsity = values.exact_sparsity,
      .seconds = seconds(),
  };
  last_is_reported_ = reported_.includes(*last_);
  if (last_is_reported_) observer_.epoch_finished(*last_);
}

void Progress::end() {
  if (last_ && !std::exchange(last_is_reported_, true)) observer_.epoch_finished(*last_);
}

void Progress::go_on(const FitPosition& position) {
  const std::chrono::duration<double> before(position.seconds);
  begin_ -= std::chrono::duration_cast<std::chrono::steady_clock::duration>(before);
  steps_ = position.epoch * batches_;
  reported_.go_on(position.reported);
  last_ = position.last;
  kept_ = position.kept;
  last_is_reported_ = position.last_is_reported;
}

void Progress::describe(FitPosition& position) const {
  position.seconds = seconds();
  position.reported = reported_.counts();
  position.last = last_;
  position.kept = kept_;
  position.last_is_reported = last_is_reported_;
}

Error Progress::non_finite(Index epoch, Index step, const char* what) const {
  const auto text = [](double x) {
    char buffer[32];
    std::snprintf(buffer, sizeof buffer, "%.3g", x);
    return std::string(buffer);
  };
  const double rate = this->rate(epoch).learning_rate;
  return Error("ERR_NON_FINITE",
               std::string(what) + " became non-finite in epoch " + std::to_string(epoch + 1) + ", step " +
                   std::to_string(step) + " (learning rate " + text(rate) + ", lambda " +
                   text(options_.objective.lambda) + "); the network keeps the parameters of epoch " +
                   std::to_string(kept_ ? kept_->epoch : 0),
               {{"epoch", static_cast<double>(epoch + 1)},
                {"step", static_cast<double>(step)},
                {"learningRate", rate},
                {"lambda", options_.objective.lambda}});
}

Error error_with_kept(const Error& error, Index epoch) {
  return Error(error.code(),
               std::string(error.what()) + "; the network keeps the parameters of epoch " + std::to_string(epoch),
               {{"epoch", static_cast<double>(epoch)}});
}

}  // namespace psilon
