#pragma once

#include "backend/buffer.h"

namespace psilon {

/// The settings of a run's next steps, on the device.
template <typename T>
class StepQueue {
 public:
  StepQueue(Backend<T>& backend, Backend<T>& host, Index max_steps)
      : backend_(backend),
        steps_(host, max_steps),
        device_steps_(backend, steps_.values()),
        next_(backend, 1),
        settings_(backend, 1) {}

  /// Replaces what is queued by settings_of(0), ..., settings_of(count - 1).
  template <typename SettingsOf>
  void set(Index count, const SettingsOf& settings_of) {
    const auto steps = steps_.values().first(static_cast<std::size_t>(count));
    for (Index k = 0; k < count; k++) steps[static_cast<std::size_t>(k)] = settings_of(k);
    device_steps_.refresh(steps);
    backend_.zero(next_.data(), next_.bytes());
  }
  /// Goes on to the next step; an operation.
  void advance() { backend_.next_step({device_steps_.data(), next_.data(), settings_.data()}); }
  /// Those of the current step, on the device.
  const StepSettings<T>* settings() const { return settings_.data(); }

 private:
  Backend<T>& backend_;
  const Buffer<StepSettings<T>> steps_;
  HostValues<StepSettings<T>> device_steps_;
  const Buffer<Index> next_;
  const Buffer<StepSettings<T>> settings_;
};

}  // namespace psilon
