#pragma once

#include <cmath>
#include <limits>
#include <optional>

#include "network/pruning.h"
#include "training/schedules.h"

namespace psilon {

/// The homotopy runs from the fraction `from` of all steps to the fraction `to`; the remaining steps train on its
/// support.
struct PruneSchedule {
  PruneTarget target;
  double from;
  double to;
  bool restart;  // the schedule of learning rates, for the epochs on the support

  template <typename Self, typename Visit>
  static void fields(Self& self, const Visit& visit) {
    PruneTarget::fields(self.target, visit);
    visit("from", self.from);
    visit("to", self.to);
    visit("restart", self.restart);
  }
};

/// Pruning goes from dense through blending to its support; a run without pruning is at None throughout.
enum class Stage { None, Dense, Blending, Support };

/// Which of the steps 1, 2, ... belong to which stage.
class PruningStages {
 public:
  PruningStages(const std::optional<PruneSchedule>& schedule, Index steps) {
    if (!schedule) return;
    first_ = Stage::Dense;
    from_ = static_cast<Index>(std::floor(schedule->from * static_cast<double>(steps)));
    to_ = static_cast<Index>(std::floor(schedule->to * static_cast<double>(steps)));
  }

  Stage first() const { return first_; }
  /// Of step 1, 2, ...; 0: the first one.
  Stage at(Index step) const {
    if (first_ == Stage::None || step <= from_) return first_;
    return step <= to_ ? Stage::Blending : Stage::Support;
  }
  /// Steps before a stage.
  Index before(Stage stage) const { return stage == Stage::Blending ? from_ : stage == Stage::Support ? to_ : 0; }
  /// Of a stage.
  Index last_step(Stage stage) const {
    return stage == Stage::Dense ? from_ : stage == Stage::Blending ? to_ : std::numeric_limits<Index>::max();
  }
  double alpha(Stage stage, Index step) const { return stage == Stage::Blending ? alpha_at(step, from_, to_) : 0; }

 private:
  Stage first_ = Stage::None;
  Index from_ = 0, to_ = 0;
};

}  // namespace psilon
