#pragma once

#include <optional>

#include "support/view.h"

namespace psilon {

/// The figures of a finished epoch.
struct EpochRecord {
  Index epoch;  // 1, 2, ...
  double loss;
  double objective;
  std::optional<double> validation_loss;
  double learning_rate;
  double alpha;
  double path_norm;
  double near_sparsity;
  double exact_sparsity;  // while alpha is between 0 and 1: of the projection
  double seconds;

  template <typename Self, typename Visit>
  static void fields(Self& self, const Visit& visit) {
    visit("epoch", self.epoch);
    visit("loss", self.loss);
    visit("objective", self.objective);
    visit("validationLoss", self.validation_loss);
    visit("learningRate", self.learning_rate);
    visit("alpha", self.alpha);
    visit("pathNorm", self.path_norm);
    visit("nearSparsity", self.near_sparsity);
    visit("exactSparsity", self.exact_sparsity);
    visit("seconds", self.seconds);
  }
};

}  // namespace psilon
