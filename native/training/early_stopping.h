#pragma once

#include <optional>

#include "support/view.h"

namespace psilon {

struct EarlyStoppingConfig {
  Index patience;
  double min_delta;

  template <typename Self, typename Visit>
  static void fields(Self& self, const Visit& visit) {
    visit("patience", self.patience);
    visit("minDelta", self.min_delta);
  }
};

/// Watches the validation loss: which epoch was best, and whether `patience` epochs have passed without a better one.
class EarlyStopping {
 public:
  /// What it has seen so far.
  struct Seen {
    std::optional<double> best_loss;
    Index best_epoch = 0;
    Index last = 0;

    template <typename Self, typename Visit>
    static void fields(Self& self, const Visit& visit) {
      visit("bestLoss", self.best_loss);
      visit("bestEpoch", self.best_epoch);
      visit("last", self.last);
    }
  };

  explicit EarlyStopping(EarlyStoppingConfig config) : config_(config) {}

  const Seen& seen() const { return seen_; }
  void go_on(const Seen& seen) { seen_ = seen; }

  /// Returns whether this epoch is the best so far.
  bool observe(Index epoch, double loss) {
    seen_.last = epoch;
    if (seen_.best_loss && !(loss < *seen_.best_loss - config_.min_delta)) return false;
    seen_.best_loss = loss;
    seen_.best_epoch = epoch;
    return true;
  }
  bool exhausted() const { return seen_.last - seen_.best_epoch >= config_.patience; }

 private:
  EarlyStoppingConfig config_;
  Seen seen_;
};

}  // namespace psilon
