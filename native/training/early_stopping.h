#pragma once

#include <limits>

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
  explicit EarlyStopping(EarlyStoppingConfig config) : config_(config) {}

  /// Returns whether this epoch is the best so far.
  bool observe(Index epoch, double loss) {
    last_ = epoch;
    if (!(loss < best_loss_ - config_.min_delta)) return false;
    best_loss_ = loss;
    best_epoch_ = epoch;
    return true;
  }
  bool exhausted() const { return last_ - best_epoch_ >= config_.patience; }

 private:
  EarlyStoppingConfig config_;
  double best_loss_ = std::numeric_limits<double>::infinity();
  Index best_epoch_ = 0;
  Index last_ = 0;
};

}  // namespace psilon
