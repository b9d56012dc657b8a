#pragma once

#include <optional>

#include "support/memory_count.h"
#include "training/early_stopping.h"
#include "training/epoch_record.h"
#include "training/reported_epochs.h"

namespace psilon {

/// Where a fit stands after an epoch, but for its numbers.
struct FitPosition {
  Index epoch;  // finished ones, 1 or more
  double seconds;
  Index kept_epoch;
  double kept_alpha;
  bool best_is_kept;
  EarlyStopping::Seen seen;
  ReportedEpochs::Counts reported;
  std::optional<EpochRecord> last, kept;  // figures of that epoch and of the kept one
  bool last_is_reported;

  template <typename Self, typename Visit>
  static void fields(Self& self, const Visit& visit) {
    visit("epoch", self.epoch);
    visit("seconds", self.seconds);
    visit("keptEpoch", self.kept_epoch);
    visit("keptAlpha", self.kept_alpha);
    visit("bestIsKept", self.best_is_kept);
    visit("seen", self.seen);
    visit("reported", self.reported);
    visit("last", self.last);
    visit("kept", self.kept);
    visit("lastIsReported", self.last_is_reported);
  }
};

/// A position comes from a file, which may say anything. Throws ERR_CHECKPOINT unless it is one of a fit of so many
/// epochs.
void check_position(const FitPosition& position, Index epochs);

/// Everything with which a fit goes on after an epoch to the bits of one that never stopped.
template <typename T>
struct FitSnapshot {
  FitPosition position{};
  HostVector<T> parameters, m, u;  // m, u: moments of Adam
  HostVector<T> row_values;        // of the effective weights
  HostVector<T> kept;              // parameters of the final model so far
};

}  // namespace psilon
