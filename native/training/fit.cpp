#include "training/fit.h"

#include <chrono>
#include <cmath>
#include <cstdio>
#include <memory>
#include <new>
#include <utility>

#include "backend/devices.h"
#include "training/memory.h"
#include "training/monitor.h"

namespace psilon {

namespace {

using Clock = std::chrono::steady_clock;

/// The parameters after a finished epoch, and the blend that their forward pass uses.
template <typename T>
struct Snapshot {
  Model<T> model;
  T alpha;
  Index epoch;
};

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
        kept_{model, 0, 0} {
    if (validation) validation_.emplace(backend, std::move(validation), train_.batch_size());
    if (options.early_stopping) early_stopping_.emplace(*options.early_stopping);
    if (options.prune) {
      const double steps = static_cast<double>(options.epochs * train_.batches());
      prune_from_ = static_cast<Index>(std::floor(options.prune->from * steps));
      prune_to_ = static_cast<Index>(std::floor(options.prune->to * steps));
      require_reachable(model, options.prune->target, "fit");
      stage_ = Stage::Dense;
    }
    begin_stage(model);
  }

  FitResult<T> run() {
    FitResult<T> result{};
    attempt(result, [&] { result.stopped = run_epochs(); });
    trainer_.reset();
    result.model = std::move(kept_.model);
    result.epoch = kept_.epoch;
    attempt(result, [&] {
      const bool unpruned = result.stopped == Stopped::Completed && stage_ == Stage::Blending;
      if (unpruned)
        reach_target(result.model);
      else
        result.model = settle(host_, result.model, kept_.alpha);
    });
    result.seconds = seconds();
    return result;
  }

 private:
  /// Pruning goes from dense through blending to its support; a run without pruning is at None throughout.
  enum class Stage { None, Dense, Blending, Support };

  void begin_stage(Model<T> model) {
    const bool pruned = model.config.pruned;
    trainer_ = std::make_unique<Trainer<T>>(backend_, std::move(model), options_.objective, options_.projection,
                                            train_.batch_size(), stage_ == Stage::Blending);
    monitor_ = std::make_unique<Monitor<T>>(backend_, trainer_->layout(), pruned);
  }

  /// Frees what the stage held.
  Model<T> end_stage() {
    const NetworkConfig config = trainer_->config();
    const Buffer<T> parameters = trainer_->release();
    monitor_.reset();
    trainer_.reset();
    return {config, parameters.download()};
  }

  /// Enters the stage that step 1, 2, ... belongs to.
  void advance_pruning(Index step) {
    if (stage_ == Stage::Dense && step > prune_from_) {
      stage_ = Stage::Blending;
      Model<T> model = end_stage();
      rescale(model);
      begin_stage(std::move(model));
    }
    if (stage_ == Stage::Blending && step > prune_to_) {
      stage_ = Stage::Support;
      Model<T> model = end_stage();
      reach_target(model);
      begin_stage(std::move(model));
    }
  }

  /// Projects v; first scales its rows anew if v has moved away from the wished sparsity.
  void reach_target(Model<T>& model) {
    const auto& target = options_.prune->target;
    if (target.sparsity && projected_sparsity(model) < *target.sparsity) rescale(model);
    model = settle(host_, model, T(1));
  }

  void rescale(Model<T>& model) { model = scale_for(host_, model, options_.prune->target, "fit"); }

  double projected_sparsity(const Model<T>& model) {
    const ParameterLayout layout(model.config);
    const Buffer<T> values(host_, model.values);
    SparsityMeter<T> meter(host_, layout, model.config.pruned);
    return meter.measure(values.data(), SparsityMeter<T>::Kind::Projected);
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
    rate_ = rate_at(options_.schedule, epoch, options_.epochs, options_.learning_rate);
    loss_ = objective_ = 0;
    for (Index k = 0; k < train_.batches(); k++) {
      if (observer_.cancelled()) return false;
      backend_.adapt_threads();
      const Index step = epoch * train_.batches() + k + 1;
      advance_pruning(step);
      alpha_ = stage_ == Stage::Blending ? alpha_at(step, prune_from_, prune_to_) : 0;
      const StepValue value = trainer_->step(train_.shuffled_batch(k), rate_, static_cast<T>(alpha_));
      if (!value.finite) throw non_finite(epoch, step, std::isfinite(value.objective) ? "an update" : "the loss");
      loss_ += value.loss / static_cast<double>(train_.batches());
      objective_ += value.objective / static_cast<double>(train_.batches());
    }
    return true;
  }

  Error non_finite(Index epoch, Index step, const char* what) const {
    const auto text = [](double x) {
      char buffer[32];
      std::snprintf(buffer, sizeof buffer, "%.3g", x);
      return std::string(buffer);
    };

    return Error("ERR_NON_FINITE",
                 "[fit] " + std::string(what) + " became non-finite in epoch " + std::to_string(epoch + 1) + ", step " +
                     std::to_string(step) + " (learning rate " + text(rate_.learning_rate) + ", lambda " +
                     text(options_.objective.lambda) + "); the network keeps the parameters of epoch " +
                     std::to_string(kept_.epoch),
                 {{"epoch", static_cast<double>(epoch + 1)},
                  {"step", static_cast<double>(step)},
                  {"learningRate", rate_.learning_rate},
                  {"lambda", options_.objective.lambda}});
  }

  void finish_epoch(Index epoch) {
    const Index number = epoch + 1;
    trainer_->prepare(static_cast<T>(alpha_));
    const bool validate = validation_ && (number % options_.validation_every == 0 || number == options_.epochs);
    const auto validation_loss = validate ? std::optional(trainer_->mean_loss(*validation_)) : std::nullopt;
    if (validation_loss && !std::isfinite(*validation_loss))
      throw non_finite(epoch, number * train_.batches(), "the validation loss");
    const bool best =
        early_stopping_ && watching() && validation_loss && early_stopping_->observe(number, *validation_loss);
    if (best || !best_is_kept_) keep(number);
    best_is_kept_ |= best;
    const bool blending = stage_ == Stage::Blending;
    observer_.epoch_finished({
        .epoch = number,
        .loss = loss_,
        .objective = objective_,
        .validation_loss = validation_loss,
        .learning_rate = rate_.learning_rate,
        .alpha = alpha_,
        .path_norm = monitor_->path_norm(*trainer_),
        .near_sparsity = monitor_->near_sparsity(*trainer_),
        .exact_sparsity = monitor_->exact_sparsity(*trainer_, blending),
        .seconds = seconds(),
    });
  }

  void keep(Index epoch) {
    trainer_->save(kept_.model);
    kept_.alpha = static_cast<T>(alpha_);
    kept_.epoch = epoch;
  }

  /// Early stopping looks at epochs of the network that will be kept: after pruning, where there is any.
  bool watching() const { return stage_ == Stage::None || stage_ == Stage::Support; }
  double seconds() const { return std::chrono::duration<double>(Clock::now() - begin_).count(); }

  Backend<T>& backend_;
  const std::unique_ptr<Backend<T>> own_host_;
  Backend<T>& host_;  // for models between stages and at the end, also where the device is lost
  const FitOptions& options_;
  FitObserver& observer_;
  const Clock::time_point begin_ = Clock::now();
  ShuffledDataset<T> train_;
  std::optional<Dataset<T>> validation_;
  std::unique_ptr<Trainer<T>> trainer_;
  std::unique_ptr<Monitor<T>> monitor_;
  std::optional<EarlyStopping> early_stopping_;
  Stage stage_ = Stage::None;
  Index prune_from_ = 0, prune_to_ = 0;
  Rate rate_{};
  double alpha_ = 0, loss_ = 0, objective_ = 0;
  Snapshot<T> kept_;  // the last finished epoch; from the first one that early stopping likes, the best
  bool best_is_kept_ = false;
};

}  // namespace

namespace {

/// Bytes of the rows that a device copies.
template <typename T>
std::size_t table_bytes(const Backend<T>& backend, const SharedRows<T>& rows) {
  if (!rows || backend.reads_host_memory()) return 0;
  return (rows->x.size() + rows->y.size() + rows->weights.size()) * sizeof(T);
}

/// Throws ERR_MEMORY, with both figures, where the device has less than the fit needs.
template <typename T>
void require_memory(const Backend<T>& backend, std::size_t needed) {
  const std::size_t available = backend.free_bytes();
  if (needed <= available) return;
  const auto megabytes = [](std::size_t bytes) { return std::to_string((bytes + 999999) / 1000000) + " MB"; };
  throw Error("ERR_MEMORY",
              "[fit] needs " + megabytes(needed) + " of the device, " + megabytes(available) + " are free",
              {{"needed", static_cast<double>(needed)}, {"available", static_cast<double>(available)}});
}

}  // namespace

template <typename T>
FitResult<T> fit(Backend<T>& backend, const Model<T>& model, SharedRows<T> train, SharedRows<T> validation,
                 const FitOptions& options, FitObserver& observer) {
  const FitSize size{train->count, options.batch_size, options.prune.has_value()};
  require_memory(
      backend, fit_bytes(backend, model.config, size) + table_bytes(backend, train) + table_bytes(backend, validation));
  return FitLoop<T>(backend, model, std::move(train), std::move(validation), options, observer).run();
}

#define PSILON_INSTANTIATE(T)                                                                              \
  template FitResult<T> fit(Backend<T>&, const Model<T>&, SharedRows<T>, SharedRows<T>, const FitOptions&, \
                            FitObserver&);
PSILON_INSTANTIATE(float)
PSILON_INSTANTIATE(double)

}  // namespace psilon
