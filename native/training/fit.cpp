#include "training/fit.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <new>
#include <string_view>
#include <utility>
#include <vector>

#include "backend/devices.h"
#include "training/kept_model.h"
#include "training/log.h"
#include "training/memory.h"
#include "training/monitor.h"
#include "training/plan.h"
#include "training/progress.h"

namespace psilon {

namespace {

using Clock = std::chrono::steady_clock;

/// Asks operations of the device and goes ahead of them: their figures, which say what to tell the observer and whether
/// to go on, are read when the device may be stopped for that. On a CPU that is after every step.
template <typename T>
class FitLoop {
 public:
  FitLoop(Backend<T>& backend, const Model<T>& model, SharedRows<T> train, SharedRows<T> validation,
          const FitOptions& options, FitObserver& observer)
      : backend_(backend),
        own_host_(backend.reads_host_memory() ? nullptr : open_cpu<T>(1)),
        host_(own_host_ ? *own_host_ : backend),
        options_(options),
        observer_(observer),
        train_(backend, std::move(train), options.batch_size),
        stages_(options.prune, options.epochs * train_.batches()),
        plan_(backend, train_.batches()),
        log_(backend),
        validation_figure_(backend, 1),
        stage_(stages_.first()),
        progress_(options, train_.batches(), observer),
        kept_(backend, model) {
    if (validation) validation_.emplace(backend, std::move(validation), train_.batch_size());
    if (options.early_stopping) early_stopping_.emplace(*options.early_stopping);
    if (options.prune) require_reachable(model, options.prune->target, "fit");
    begin_stage(model);
  }

  FitResult<T> run() {
    FitResult<T> result{};
    attempt(result, [&] {
      result.stopped = run_epochs();
      read();
    });
    end_stage();
    result.epoch = kept_.epoch();
    if (result.failure && result.failure->code() == std::string_view("ERR_DEVICE"))
      result.failure = progress_.tell_kept(*result.failure);
    result.model = kept_.release();
    attempt(result, [&] {
      const bool unpruned = result.stopped == Stopped::Completed && stage_ == Stage::Blending;
      result.model = unpruned ? reach_target(host_, result.model, options_.prune->target, "fit")
                              : settle(host_, result.model, kept_.alpha());
    });
    result.seconds = progress_.seconds();
    return result;
  }

 private:
  void begin_stage(Model<T> model) {
    const bool pruned = model.config.pruned;
    trainer_ = std::make_unique<Trainer<T>>(backend_, std::move(model), options_.objective, options_.projection,
                                            train_.batch_size(), blending(), plan_.settings());
    monitor_ = std::make_unique<Monitor<T>>(backend_, trainer_->layout(), pruned);
    const Index last = train_.batches() - 1;
    full_step_ = record_step(train_.batch_size());
    last_step_ = record_step(train_.batch_rows(last));
    for (const bool validate : {false, true})
      epoch_end_[validate] = backend_.record("epoch_end", [this, validate] { measure_epoch(validate); });
  }

  std::unique_ptr<Recording> record_step(Index rows) {
    return backend_.record("step", [this, rows] {
      plan_.advance();
      trainer_->step(train_.shuffled_batch(&plan_.settings()->first, rows), blending());
      log_.append(trainer_->figures(), kStepFigures, trainer_->stray());
    });
  }

  void measure_epoch(bool validate) {
    trainer_->prepare(blending());
    if (validate) {
      trainer_->mean_loss(*validation_, validation_figure_.data());
      log_.append(validation_figure_.data(), 1, trainer_->stray());
    }
    monitor_->measure(*trainer_, blending());
    log_.append(monitor_->figures(), Monitor<T>::kFigures, nullptr);
  }

  /// Frees what the stage held.
  void end_stage() {
    full_step_.reset();
    last_step_.reset();
    for (auto& recording : epoch_end_) recording.reset();
    monitor_.reset();
    trainer_.reset();
  }

  Model<T> release_model() {
    read();
    const NetworkConfig config = trainer_->config();
    const Buffer<T> parameters = trainer_->release();
    end_stage();
    return {config, parameters.download()};
  }

  /// Enters the stage that step 1, 2, ... belongs to.
  void advance_pruning(Index step) {
    if (stage_ == Stage::Dense && step > stages_.last_step(stage_)) {
      stage_ = Stage::Blending;
      Model<T> model = release_model();
      model = scale_for(host_, model, options_.prune->target, "fit");
      begin_stage(std::move(model));
    }
    if (blending() && step > stages_.last_step(stage_)) {
      stage_ = Stage::Support;
      Model<T> model = release_model();
      model = reach_target(host_, model, options_.prune->target, "fit");
      begin_stage(std::move(model));
    }
  }

  /// A failure belongs to the result: what was trained before it is kept.
  template <typename Work>
  static void attempt(FitResult<T>& result, const Work& work) {
    try {
      work();
      return;
    } catch (const Error& error) {
      result.failure = error;
    } catch (const std::bad_alloc&) {
      result.failure = Error("ERR_MEMORY", "[fit] memory ran out");
    }
    result.stopped = Stopped::Failed;
  }

  Stopped run_epochs() {
    for (Index epoch = 0; epoch < options_.epochs; epoch++) {
      if (!run_epoch(epoch)) return Stopped::Cancelled;
      finish_epoch(epoch);
      const bool last = epoch + 1 == options_.epochs;
      if (!last && early_stopping_ && watching() && early_stopping_->exhausted()) return Stopped::EarlyStopping;
    }
    return Stopped::Completed;
  }

  /// Returns false when the observer cancelled.
  bool run_epoch(Index epoch) {
    train_.shuffle(options_.seed, static_cast<std::uint64_t>(epoch));
    const Index first = epoch * train_.batches();
    for (Index k = 0; k < train_.batches();) {
      if (!look()) return false;
      advance_pruning(first + k + 1);
      const Index end = std::min(train_.batches(), stages_.last_step(stage_) - first);
      plan_steps(epoch, k, end);
      const bool to_last = end == train_.batches();
      if (!repeat(*full_step_, end - k - (to_last ? 1 : 0)) || !repeat(*last_step_, to_last ? 1 : 0)) return false;
      k = end;
    }
    if (may_read()) read();
    return true;
  }

  /// Batches begin .. end-1 of the epoch.
  void plan_steps(Index epoch, Index begin, Index end) {
    const Rate rate = progress_.rate(epoch);
    std::vector<StepSettings> steps;
    for (Index k = begin; k < end; k++) {
      const double alpha = stages_.alpha(stage_, epoch * train_.batches() + k + 1);
      steps.push_back({trainer_->next_rate(rate), alpha, k * train_.batch_size()});
    }
    plan_.set(steps);
  }

  /// Returns false when the observer cancelled.
  bool repeat(Recording& step, Index count) {
    while (count > 0) {
      const Index some = std::min(count, room_for(kStepFigures));
      log_.expect(kStepFigures, some, [this](const double* of) { progress_.step_finished(of[0], of[1], of[2] != 0); });
      if (!step.repeat(some, [this] { return look(); })) return false;
      count -= some;
    }
    return true;
  }

  /// Records that the log has room for.
  Index room_for(Index figures) {
    if (log_.room(figures) == 0) read();
    return log_.room(figures);
  }

  bool may_read() const { return Clock::now() - last_read_ >= backend_.download_interval(); }

  /// Hears of what has been done since the last time.
  void read() {
    log_.download();
    kept_.download();
    last_read_ = Clock::now();
    log_.hand_over();
  }

  /// Whether to go on.
  bool look() {
    if (may_read()) read();
    return !observer_.cancelled();
  }

  /// Early stopping waits for the validation loss, as it decides what is kept and whether to go on.
  void finish_epoch(Index epoch) {
    const Index number = epoch + 1;
    const bool validate = validation_ && (number % options_.validation_every == 0 || number == options_.epochs);
    const double alpha = stages_.alpha(stage_, number * train_.batches());
    if (validate) expect(1, [=, this](const double* figures) { progress_.validated(epoch, *figures); });
    expect(Monitor<T>::kFigures, [=, this](const double* figures) {
      progress_.epoch_finished(epoch, alpha, validate, monitor_->values(figures));
    });
    epoch_end_[validate]->once();
    bool best = false;
    if (validate && early_stopping_ && watching()) {
      read();
      best = early_stopping_->observe(number, progress_.validation_loss());
    }
    if (best || !best_is_kept_) keep(number, alpha);
    best_is_kept_ |= best;
    if (may_read()) read();
  }

  void expect(Index figures, typename Log<T>::Reader reader) {
    room_for(figures);
    log_.expect(figures, 1, std::move(reader));
  }

  void keep(Index number, double alpha) {
    kept_.keep(*trainer_);
    expect(0, [=, this](const double* stray) {
      if (*stray != 0) return;
      kept_.take(number, alpha);
      progress_.epoch_kept(number);
    });
    log_.append(nullptr, 0, trainer_->stray());
  }

  bool blending() const { return stage_ == Stage::Blending; }
  /// Early stopping looks at epochs of the network that will be kept: after pruning, where there is any.
  bool watching() const { return stage_ == Stage::None || stage_ == Stage::Support; }

  static constexpr Index kStepFigures = 2;

  Backend<T>& backend_;
  const std::unique_ptr<Backend<T>> own_host_;
  Backend<T>& host_;  // for models between stages and at the end, also where the device is lost
  const FitOptions& options_;
  FitObserver& observer_;
  ShuffledDataset<T> train_;
  std::optional<Dataset<T>> validation_;
  const PruningStages stages_;
  Plan<T> plan_;
  Log<T> log_;
  Buffer<double> validation_figure_;
  std::unique_ptr<Trainer<T>> trainer_;
  std::unique_ptr<Monitor<T>> monitor_;
  std::unique_ptr<Recording> full_step_, last_step_, epoch_end_[2];
  std::optional<EarlyStopping> early_stopping_;
  Stage stage_;
  Progress progress_;
  Clock::time_point last_read_ = Clock::now();
  KeptModel<T> kept_;  // of the last finished epoch; from the first one that early stopping likes, of the best
  bool best_is_kept_ = false;
};

}  // namespace

template <typename T>
FitResult<T> fit(Backend<T>& backend, const Model<T>& model, SharedRows<T> train, SharedRows<T> validation,
                 const FitOptions& options, FitObserver& observer) {
  const FitSize size{train->count, options.batch_size, options.prune.has_value()};
  require_memory(backend, fit_bytes(backend, model.config, size) + table_bytes(backend, train.get()) +
                              table_bytes(backend, validation.get()));
  return FitLoop<T>(backend, model, std::move(train), std::move(validation), options, observer).run();
}

#define PSILON_INSTANTIATE(T)                                                                              \
  template FitResult<T> fit(Backend<T>&, const Model<T>&, SharedRows<T>, SharedRows<T>, const FitOptions&, \
                            FitObserver&);
PSILON_INSTANTIATE(float)
PSILON_INSTANTIATE(double)

}  // namespace psilon
