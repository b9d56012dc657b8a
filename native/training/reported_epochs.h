#pragma once

#include "training/fit.h"

namespace psilon {

/// The epochs of a fit that its observer receives: each of the first 10,000, every second one up to 20,000, every
/// fourth up to 40,000, and so on; likewise those with a validation loss, counted separately. A fit thus reports fewer
/// than 200,000 epochs, and which ones depends only on their numbers.
class ReportedEpochs {
 public:
  /// Of each epoch, in their order.
  bool includes(const EpochRecord& record) {
    const bool counts = epochs_.counts();
    return (record.validation_loss && validated_.counts()) || counts;
  }

 private:
  class Count {
   public:
    bool counts() {
      if (++count_ > kEach * stride_) stride_ *= 2;
      return count_ % stride_ == 0;
    }

   private:
    static constexpr Index kEach = 10'000;
    Index count_ = 0, stride_ = 1;
  };

  Count epochs_, validated_;
};

}  // namespace psilon
