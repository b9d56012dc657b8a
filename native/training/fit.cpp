#include "training/fit.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "backend/devices.h"
#include "training/failure.h"
#include "training/memory.h"
#include "training/network_fit.h"

namespace psilon {

namespace {

using Clock = std::chrono::steady_clock;

/// A device idles while kept parameters are downloaded: for about a twentieth of the time at most.
constexpr int kDownloadPause = 20;

/// The first epoch, from 0, that a fit trains.
template <typename T>
Index first_epoch(const FitJob<T>& job) {
  return job.from ? job.from->position.epoch : 0;
}

template <typename T>
using Networks = std::vector<std::unique_ptr<NetworkFit<T>>>;

template <typename T>
Networks<T> networks_of(Backend<T>& backend, Backend<T>& host, const std::vector<FitJob<T>>& jobs) {
  DeviceTables<T> tables(backend);
  Networks<T> networks;
  for (const auto& job : jobs) networks.push_back(std::make_unique<NetworkFit<T>>(backend, host, tables, job));
  return networks;
}

/// Queues operations on the device, the same for all networks, and runs ahead of them: it reads their figures, which
/// decide what observers are told and which networks go on, when it may stop the device for that, on a CPU after every
/// step.
template <typename T>
class FitLoop {
 public:
  FitLoop(Backend<T>& backend, Backend<T>& host, std::vector<FitJob<T>> jobs)
      : backend_(backend),
        epochs_(jobs.front().options.epochs),
        validation_every_(jobs.front().validation ? jobs.front().options.validation_every : 0),
        networks_(networks_of(backend, host, jobs)),
        results_(jobs.size()),
        batches_(networks_.front()->batches()),
        stages_(jobs.front().options.prune, epochs_ * batches_),
        first_epoch_(first_epoch(jobs.front())),
        stage_(stages_.at(first_epoch_ * batches_)) {}

  /// Allocates what a stage holds.
  void build(Stage stage) {
    forget_recordings();
    for_each([stage](auto& network) { network.build(stage); });
    regroup();
  }

  std::vector<FitResult<T>> run() {
    const auto failure = failure_of([this] {
      for_each([this](auto& network) { network.begin(stage_); });
      regroup();
      for (Index epoch = first_epoch_; epoch < epochs_ && any_goes_on(); epoch++) run_epoch(epoch);
      for_each([](auto& network) { network.stop(Stopped::Completed); });
    });
    if (failure) for_each([&](auto& network) { network.fail(*failure); });
    forget_recordings();
    collect_ended();
    return std::move(results_);
  }

 private:
  void run_epoch(Index epoch) {
    for_each([epoch](auto& network) { network.begin_epoch(epoch); });
    const Index before = epoch * batches_;
    for (Index k = 0; k < batches_;) {
      if (!look()) return;
      advance_pruning(before + k + 1);
      if (any_has_ended()) regroup();  // for those no steps are queued
      const Index end = std::min(batches_, stages_.last_step(stage_) - before);
      queue_steps(epoch, k, end);
      const bool to_last = end == batches_;
      if (!repeat(full_step_, end - k - (to_last ? 1 : 0)) || !repeat(last_step_, to_last ? 1 : 0)) return;
      k = end;
    }
    if (may_read()) read();
    if (any_goes_on()) finish_epoch(epoch);
  }

  /// Enters the stage that step 1, 2, ... belongs to.
  void advance_pruning(Index step) {
    while (step > stages_.last_step(stage_)) {
      stage_ = stage_ == Stage::Dense ? Stage::Blending : Stage::Support;
      read(true);  // the next stage keeps its parameters elsewhere
      forget_recordings();
      for_each([this](auto& network) { network.enter(stage_); });
      regroup();
    }
  }

  /// Batches begin .. end-1 of the epoch.
  void queue_steps(Index epoch, Index begin, Index end) {
    const auto alpha_of = [&](Index k) { return stages_.alpha(stage_, epoch * batches_ + k + 1); };
    for_each([&](auto& network) { network.queue_steps(epoch, begin, end, alpha_of); });
  }

  /// Returns whether any goes on.
  bool repeat(const std::unique_ptr<Recording>& step, Index count) {
    while (count > 0 && any_goes_on()) {
      const Index some = std::min(count, room_for(NetworkFit<T>::kStepFigures));
      for_each([some](auto& network) { network.expect_steps(some); });
      if (!step->repeat(some, [this] { return look(); })) return false;
      count -= some;
    }
    return any_goes_on();
  }

  /// Early stopping waits for the validation loss, which decides what is kept and which networks go on.
  void finish_epoch(Index epoch) {
    const Index number = epoch + 1;
    const bool validate = validation_every_ > 0 && (number % validation_every_ == 0 || number == epochs_);
    const double alpha = stages_.alpha(stage_, number * batches_);
    if (validate) expect(1, [=](auto& network) { network.expect_validation(epoch); });
    expect(Monitor<T>::kFigures, [=](auto& network) { network.expect_epoch(epoch, alpha, validate); });
    epoch_end_[validate]->once();
    if (validate) read_watched();
    keep(number, alpha, validate);
    if (may_read()) read();
    if (number == epochs_) return;
    for_each([](auto& network) {
      if (network.exhausted()) network.stop(Stopped::EarlyStopping);
    });
    take_snapshots(number);
  }

  void take_snapshots(Index epoch) {
    std::vector<NetworkFit<T>*> due;
    for_each([&](auto& network) {
      if (network.snapshot_is_due()) due.push_back(&network);
    });
    if (due.empty()) return;
    read(true);
    for_each([&](auto& network) {
      if (std::find(due.begin(), due.end(), &network) != due.end()) network.take_snapshot(epoch);
    });
  }

  void keep(Index number, double alpha, bool validated) {
    Works works;
    expect(0, [&](auto& network) {
      if (!network.keeps(number, validated)) return;
      network.expect_kept(number, alpha);
      works.push_back([&network] { network.keep(); });
    });
    if (!works.empty()) backend_.record("keep", std::move(works))->once();
  }

  template <typename Work>
  void expect(Index figures, const Work& work) {
    room_for(figures);
    for_each(work);
  }

  /// Records that every log has room for.
  Index room_for(Index figures) {
    if (least_room(figures) == 0) read();
    return least_room(figures);
  }

  Index least_room(Index figures) {
    Index room = Log<T>::kCapacity;
    for_each([&](const auto& network) { room = std::min(room, network.room(figures)); });
    return room;
  }

  bool may_read() const { return Clock::now() - last_read_ >= backend_.download_interval(); }

  void read() { read(Clock::now() >= next_download_); }

  void read(bool with_kept) {
    for_each([](auto& network) { network.download_figures(); });
    const auto begin = last_read_ = Clock::now();
    if (with_kept) {
      for_each([](auto& network) { network.download_kept(); });
      last_read_ = Clock::now();
      next_download_ = last_read_ + kDownloadPause * (last_read_ - begin);
    }
    for_each([](auto& network) { network.hear(); });
  }

  void read_watched() {
    for_each([](auto& network) {
      if (!network.watched()) return;
      network.download_figures();
      network.hear();
    });
  }

  /// Whether any is to go on.
  bool look() {
    if (may_read()) read();
    for_each([](auto& network) {
      if (network.cancelled()) network.stop(Stopped::Cancelled);
    });
    return any_goes_on();
  }

  /// Calls work(network) for each network that goes on. A failure ends that network alone, unless the device has
  /// failed.
  template <typename Work>
  void for_each(const Work& work) {
    for (const auto& network : networks_) {
      if (!network || network->has_ended()) continue;
      try {
        work(*network);
      } catch (const Error& error) {
        if (error.code() == std::string_view("ERR_DEVICE")) throw;
        network->fail(error);
      }
    }
  }

  template <typename Predicate>
  bool any(const Predicate& holds) const {
    return std::any_of(networks_.begin(), networks_.end(), [&](const auto& each) { return each && holds(*each); });
  }
  bool any_has_ended() const {
    return any([](const auto& network) { return network.has_ended(); });
  }
  bool any_goes_on() const {
    return any([](const auto& network) { return !network.has_ended(); });
  }

  /// Drops networks that have ended, which until then are part of every operation.
  void regroup() {
    forget_recordings();
    collect_ended();
    if (!any_goes_on()) return;
    full_step_ = record("step", [](auto& network) { network.step(0); });
    last_step_ = record("step", [last = batches_ - 1](auto& network) { network.step(last); });
    epoch_end_[false] = record("epoch_end", [](auto& network) { network.measure(false); });
    if (validation_every_ > 0) epoch_end_[true] = record("epoch_end", [](auto& network) { network.measure(true); });
  }

  template <typename Work>
  std::unique_ptr<Recording> record(const char* name, const Work& work) {
    Works works;
    for_each([&](auto& network) { works.push_back([&network, work] { work(network); }); });
    return backend_.record(name, std::move(works));
  }

  void forget_recordings() {
    full_step_.reset();
    last_step_.reset();
    for (auto& recording : epoch_end_) recording.reset();
  }

  void collect_ended() {
    for (std::size_t k = 0; k < networks_.size(); k++) {
      if (!networks_[k] || !networks_[k]->has_ended()) continue;
      results_[k] = networks_[k]->result();
      networks_[k].reset();
    }
  }

  Backend<T>& backend_;
  const Index epochs_;
  const Index validation_every_;  // 0: never
  Networks<T> networks_;          // none where a result has been collected
  std::vector<FitResult<T>> results_;
  const Index batches_;
  const PruningStages stages_;
  const Index first_epoch_;
  Stage stage_;
  std::unique_ptr<Recording> full_step_, last_step_, epoch_end_[2];
  Clock::time_point last_read_ = Clock::now(), next_download_{};
};

/// Settings that the loop takes from the first network.
template <typename T>
bool have_equal_course(const FitJob<T>& a, const FitJob<T>& b) {
  const auto rows = [](const SharedRows<T>& table) { return table ? table->count : 0; };
  const auto pruned = [](const FitOptions& options) {
    return options.prune ? std::pair(options.prune->from, options.prune->to) : std::pair(0.0, 0.0);
  };
  return first_epoch(a) == first_epoch(b) && rows(a.train) == rows(b.train) &&
         rows(a.validation) == rows(b.validation) && a.options.batch_size == b.options.batch_size &&
         a.options.epochs == b.options.epochs && a.options.validation_every == b.options.validation_every &&
         pruned(a.options) == pruned(b.options);
}

}  // namespace

template <typename T>
std::vector<FitResult<T>> fit_together(Backend<T>& backend, std::vector<FitJob<T>> jobs) {
  for (const auto& job : jobs)
    if (!have_equal_course(jobs.front(), job)) throw Error("ERR_OPTION", "fits together differ in their work");
  if (!backend.reads_host_memory()) require_memory(backend, gpu_run_bytes(jobs));
  const auto own_host = backend.reads_host_memory() ? nullptr : open_cpu<T>(1);
  // lets go of the rows where the device has a copy
  FitLoop<T> loop(backend, own_host ? *own_host : backend, std::move(jobs));
  return loop.run();
}

template <typename T>
void build_together(Backend<T>& backend, Backend<T>& host, std::vector<FitJob<T>> jobs) {
  const bool prunes = jobs.front().options.prune.has_value();
  FitLoop<T> loop(backend, host, std::move(jobs));
  if (!prunes) return loop.build(Stage::None);
  loop.build(Stage::Blending);  // holds blended weights, and the next one perhaps more lengths
  loop.build(Stage::Support);
}

#define PSILON_INSTANTIATE(T)                                                           \
  template std::vector<FitResult<T>> fit_together(Backend<T>&, std::vector<FitJob<T>>); \
  template void build_together(Backend<T>&, Backend<T>&, std::vector<FitJob<T>>);
PSILON_INSTANTIATE(float)
PSILON_INSTANTIATE(double)

}  // namespace psilon
