#include "training/network_fit.h"

#include <algorithm>
#include <cmath>
#include <string_view>
#include <utility>

#include "training/failure.h"

namespace psilon {

namespace {
/// Rows that are pruned may get lengths of their own.
Index max_parameters(const NetworkConfig& config, const FitOptions& options) {
  return ParameterLayout(options.prune ? settled_config(config) : config).size();
}

template <typename T>
bool are_finite(const HostVector<T>& values, Index count) {
  return static_cast<Index>(values.size()) == count &&
         std::all_of(values.begin(), values.end(), [](T value) { return std::isfinite(value); });
}

}  // namespace

template <typename T>
NetworkFit<T>::NetworkFit(Backend<T>& backend, Backend<T>& host, DeviceTables<T>& tables, const FitJob<T>& job)
    : backend_(backend),
      host_(host),
      model_(job.model),
      options_(job.options),
      observer_(job.observer),
      from_(job.from),
      on_snapshot_(job.on_snapshot),
      train_(backend, host, tables.share(job.train), options_.batch_size),
      stages_(options_.prune, options_.epochs * train_.batches()),
      queue_(backend, host, train_.batches()),
      log_(backend, host),
      validation_figure_(backend, 1),
      progress_(options_, train_.batches(), observer_),
      kept_(backend, host, model_, max_parameters(model_.config, options_)) {
  if (job.validation) validation_.emplace(backend, tables.share(job.validation), train_.batch_size());
  if (options_.early_stopping) early_stopping_.emplace(*options_.early_stopping);
}

template <typename T>
void NetworkFit<T>::begin(Stage stage) {
  stage_ = stage;
  if (options_.prune) require_reachable(model_, options_.prune->target);
  if (const auto from = std::exchange(from_, nullptr)) return go_on(*from);
  begin_stage(model_.config, upload_parameters(backend_, model_));
  trainer_->begin();
}

template <typename T>
NetworkConfig NetworkFit<T>::config_of(Stage stage) const {
  if (stage != Stage::Support) return model_.config;
  NetworkConfig config = settled_config(model_.config);
  config.pruned = true;
  return config;
}

template <typename T>
void NetworkFit<T>::go_on(const FitSnapshot<T>& from) {
  const FitPosition& at = from.position;
  const Index batches = train_.batches();
  const NetworkConfig config = config_of(stage_), kept = config_of(stages_.at(at.kept_epoch * batches));
  const Index size = ParameterLayout(config).size(), kept_size = ParameterLayout(kept).size();
  begin_stage(config, Buffer<T>(backend_, size));
  if (!are_finite(from.parameters, size) || !are_finite(from.m, size) || !are_finite(from.u, size) ||
      !are_finite(from.row_values, trainer_->row_values()) || !are_finite(from.kept, kept_size))
    throw Error("ERR_CHECKPOINT", "the snapshot has other numbers than this network");
  trainer_->go_on(from, at.epoch * batches - stages_.before(stage_));
  kept_.go_on({kept, from.kept}, at.kept_epoch, at.kept_alpha);
  best_is_kept_ = at.best_is_kept;
  if (early_stopping_) early_stopping_->go_on(at.seen);
  progress_.go_on(at);
}

template <typename T>
void NetworkFit<T>::take_snapshot(Index epoch) {
  FitSnapshot<T> snapshot;
  trainer_->describe(snapshot);
  snapshot.kept = kept_.values();
  FitPosition& position = snapshot.position;
  position.epoch = epoch;
  position.kept_epoch = kept_.epoch();
  position.kept_alpha = static_cast<double>(kept_.alpha());
  position.best_is_kept = best_is_kept_;
  if (early_stopping_) position.seen = early_stopping_->seen();
  progress_.describe(position);
  on_snapshot_(std::move(snapshot));
}

template <typename T>
void NetworkFit<T>::build(Stage stage) {
  end_stage();
  stage_ = stage;
  const NetworkConfig config = stage == Stage::Support ? settled_config(model_.config) : model_.config;
  begin_stage(config, Buffer<T>(backend_, ParameterLayout(config).size()));
}

template <typename T>
void NetworkFit<T>::enter(Stage stage) {
  stage_ = stage;
  auto [config, parameters] = [this] {  // without the models there is room for a trainer
    const PruneTarget& target = options_.prune->target;
    Model<T> model = release_model();
    model = blending() ? scale_for(host_, model, target) : reach_target(host_, model, target);
    return std::pair(model.config, upload_parameters(backend_, model));
  }();
  begin_stage(config, std::move(parameters));
  trainer_->begin();
}

template <typename T>
void NetworkFit<T>::begin_stage(const NetworkConfig& config, Buffer<T> parameters) {
  trainer_ = std::make_unique<Trainer<T>>(backend_, config, std::move(parameters), options_.objective,
                                          options_.projection, train_.batch_size(), blending(), queue_.settings());
  monitor_ = std::make_unique<Monitor<T>>(backend_, trainer_->layout(), config.pruned);
}

template <typename T>
void NetworkFit<T>::end_stage() {
  monitor_.reset();
  trainer_.reset();
}

template <typename T>
Model<T> NetworkFit<T>::release_model() {
  const NetworkConfig config = trainer_->config();
  const Buffer<T> parameters = trainer_->release();
  end_stage();
  return {config, parameters.download()};
}

template <typename T>
void NetworkFit<T>::begin_epoch(Index epoch) {
  train_.shuffle(options_.seed, static_cast<std::uint64_t>(epoch));
}

template <typename T>
void NetworkFit<T>::step(Index k) {
  queue_.advance();
  trainer_->step(train_.shuffled_batch(&queue_.settings()->first, train_.batch_rows(k)), blending());
  log_.append(trainer_->figures(), kStepFigures, trainer_->diverged());
}

template <typename T>
void NetworkFit<T>::measure(bool validate) {
  trainer_->prepare(blending());
  if (validate) {
    trainer_->mean_loss(*validation_, validation_figure_.data());
    log_.append(validation_figure_.data(), 1, trainer_->diverged());
  }
  monitor_->measure(*trainer_, blending());
  log_.append(monitor_->figures(), Monitor<T>::kFigures, nullptr);
}

template <typename T>
void NetworkFit<T>::keep() {
  kept_.keep(*trainer_);
  log_.append(nullptr, 0, trainer_->diverged());
}

template <typename T>
void NetworkFit<T>::expect_steps(Index count) {
  log_.expect(kStepFigures, count, [this](const double* of) { progress_.step_finished(of[0], of[1], of[2] != 0); });
}

template <typename T>
void NetworkFit<T>::expect_validation(Index epoch) {
  expect(1, [=, this](const double* loss) { progress_.validated(epoch, *loss); });
}

template <typename T>
void NetworkFit<T>::expect_epoch(Index epoch, double alpha, bool validated) {
  expect(Monitor<T>::kFigures, [=, this](const double* figures) {
    progress_.epoch_finished(epoch, alpha, validated, monitor_->values(figures));
  });
}

template <typename T>
void NetworkFit<T>::expect_kept(Index number, double alpha) {
  kept_.prepare(*trainer_);
  expect(0, [=, this](const double* diverged) {
    if (*diverged != 0) return;
    kept_.kept(number, alpha);
    progress_.epoch_kept();
  });
}

template <typename T>
void NetworkFit<T>::download_figures() {
  log_.download();
}

template <typename T>
void NetworkFit<T>::download_kept() {
  kept_.download();
}

template <typename T>
void NetworkFit<T>::hear() {
  log_.hand_over();
  kept_.take_downloaded();
}

template <typename T>
bool NetworkFit<T>::keeps(Index number, bool validated) {
  const bool best = validated && watched() && early_stopping_->observe(number, progress_.validation_loss());
  const bool kept = best || !best_is_kept_;
  best_is_kept_ |= best;
  return kept;
}

template <typename T>
void NetworkFit<T>::stop(Stopped how) {
  download_figures();
  download_kept();
  hear();
  progress_.end();
  stopped_ = how;
}

template <typename T>
void NetworkFit<T>::fail(const Error& error) {
  const bool lost = error.code() == std::string_view("ERR_DEVICE");
  if (!lost) kept_.download();
  kept_.take_downloaded();
  progress_.end();
  stopped_ = Stopped::Failed;
  failure_ = lost ? error_with_kept(error, kept_.epoch()) : error;
}

template <typename T>
FitResult<T> NetworkFit<T>::result() {
  end_stage();
  FitResult<T> result{};
  result.epoch = kept_.epoch();
  result.model = kept_.release();
  const bool unpruned = stopped_ == Stopped::Completed && blending();
  const auto failure = failure_of([&] {
    result.model = unpruned ? reach_target(host_, result.model, options_.prune->target)
                            : settle(host_, result.model, kept_.alpha());
  });
  if (failure) fail(*failure);
  result.stopped = *stopped_;
  result.failure = failure_;
  result.kept = progress_.kept();
  result.seconds = progress_.seconds();
  return result;
}

template class NetworkFit<float>;
template class NetworkFit<double>;

}  // namespace psilon
