#include "training/snapshot.h"

#include <cmath>

#include "support/error.h"

namespace psilon {

void check_position(const FitPosition& at, Index epochs) {
  const auto counts = [&](const ReportedEpochs::Count& of) {
    return of.stride >= 1 && of.stride <= epochs && of.count >= 0 && of.count <= at.epoch;
  };
  const auto is_before = [&](const std::optional<EpochRecord>& record) {
    return !record || (record->epoch >= 1 && record->epoch <= at.epoch);
  };
  const bool valid = at.epoch >= 1 && at.epoch < epochs && at.kept_epoch >= 0 && at.kept_epoch <= at.epoch &&
                     at.kept_alpha >= 0 && at.kept_alpha <= 1 && at.seconds >= 0 && std::isfinite(at.seconds) &&
                     at.seen.best_epoch >= 0 && at.seen.best_epoch <= at.epoch && at.seen.last >= 0 &&
                     at.seen.last <= at.epoch && counts(at.reported.epochs) && counts(at.reported.validated) &&
                     is_before(at.last) && is_before(at.kept);
  if (!valid) throw Error("ERR_CHECKPOINT", "the snapshot is not one of this fit");
}

}  // namespace psilon
