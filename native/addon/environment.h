#pragma once

#include <napi.h>

#include <memory>
#include <set>

namespace psilon::addon {

/// Something with its own thread, which must end before its JavaScript environment does.
class Job {
 public:
  virtual ~Job() = default;
  virtual void cancel() = 0;
  virtual void join() = 0;
};

/// The state of one JavaScript environment (the main thread or a worker).
class Environment {
 public:
  static Environment& of(Napi::Env env) { return *env.GetInstanceData<Environment>(); }

  void begin(const std::shared_ptr<Job>& job) { running_.insert(job); }
  void end(const std::shared_ptr<Job>& job) { running_.erase(job); }
  /// Runs when the environment ends, for whatever reason: every fit stops within a batch.
  void stop_all() {
    for (const auto& job : running_) job->cancel();
    for (const auto& job : running_) job->join();
    running_.clear();
  }

  Napi::FunctionReference network_constructor, rows_constructor;

 private:
  std::set<std::shared_ptr<Job>> running_;
};

}  // namespace psilon::addon
