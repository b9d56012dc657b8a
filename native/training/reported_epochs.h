#pragma once

#include "training/epoch_record.h"

namespace psilon {

/// The epochs of a fit that its observer receives: each of the first 10,000, every second one up to 20,000, every
/// fourth up to 40,000, and so on; likewise those with a validation loss, counted separately. A fit thus reports fewer
/// than 200,000 epochs, and which ones depends only on their numbers.
class ReportedEpochs {
 public:
  /// Of each epoch, in their order.
  bool includes(const EpochRecord& record) {
    const bool counts = counts_of(counts_.epochs);
    return (record.validation_loss && counts_of(counts_.validated)) || counts;
  }

  /// How many epochs there were, and validated ones; each is one in `stride` that counts.
  struct Count {
    Index count = 0, stride = 1;

    template <typename Self, typename Visit>
    static void fields(Self& self, const Visit& visit) {
      visit("count", self.count);
      visit("stride", self.stride);
    }
  };
  struct Counts {
    Count epochs, validated;

    template <typename Self, typename Visit>
    static void fields(Self& self, const Visit& visit) {
      visit("epochs", self.epochs);
      visit("validated", self.validated);
    }
  };

  const Counts& counts() const { return counts_; }
  void go_on(const Counts& counts) { counts_ = counts; }

 private:
  static constexpr Index kEach = 10'000;

  static bool counts_of(Count& of) {
    if (++of.count > kEach * of.stride) of.stride *= 2;
    return of.count % of.stride == 0;
  }

  Counts counts_;
};

}  // namespace psilon
