#pragma once

#include <algorithm>
#include <vector>

#include "backend/buffer.h"

namespace psilon {

/// What the steps to come are told, on the device.
template <typename T>
class Plan {
 public:
  Plan(Backend<T>& backend, Index max_steps)
      : backend_(backend),
        steps_(static_cast<std::size_t>(max_steps)),
        device_steps_(backend, steps_),
        next_(backend, 1),
        settings_(backend, 1) {}

  /// Replaces what was planned.
  void set(const std::vector<StepSettings<T>>& steps) {
    std::copy(steps.begin(), steps.end(), steps_.begin());
    device_steps_.refresh({steps_.data(), steps.size()});
    backend_.zero(next_.data(), next_.bytes());
  }
  /// Goes on to the next step; an operation.
  void advance() { backend_.next_step({device_steps_.data(), next_.data(), settings_.data()}); }
  /// Of the step that it has come to, on the device.
  const StepSettings<T>* settings() const { return settings_.data(); }

 private:
  Backend<T>& backend_;
  HostVector<StepSettings<T>> steps_;
  HostValues<StepSettings<T>> device_steps_;
  Buffer<Index> next_;
  Buffer<StepSettings<T>> settings_;
};

}  // namespace psilon
