#pragma once

#include "network/path_norm.h"
#include "network/sparsity.h"
#include "training/trainer.h"

namespace psilon {

/// The figures of a network that an epoch reports.
template <typename T>
class Monitor {
 public:
  Monitor(Backend<T>& backend, const ParameterLayout& layout, bool pruned)
      : meter_(backend, layout, pruned), vectors_(backend, layout) {}

  /// The trainer's weights must be up to date.
  double path_norm(Trainer<T>& trainer) {
    return vectors_.forward(trainer.weights(), Bound::Improved, PathVectors<T>::Of::Effective);
  }
  double near_sparsity(const Trainer<T>& trainer) {
    return meter_.measure(trainer.parameters().data(), SparsityMeter<T>::Kind::Near);
  }
  double exact_sparsity(const Trainer<T>& trainer, bool projected) {
    using Kind = typename SparsityMeter<T>::Kind;
    return meter_.measure(trainer.parameters().data(), projected ? Kind::Projected : Kind::Exact);
  }

 private:
  SparsityMeter<T> meter_;
  PathVectors<T> vectors_;
};

}  // namespace psilon
