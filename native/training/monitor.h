#pragma once

#include "network/path_norm.h"
#include "network/sparsity.h"
#include "training/trainer.h"

namespace psilon {

/// The figures of a network that an epoch reports.
struct MonitorValues {
  double path_norm;
  double near_sparsity;
  double exact_sparsity;
};

/// Measures them on the device.
template <typename T>
class Monitor {
 public:
  static constexpr Index kFigures = 3;

  Monitor(Backend<T>& backend, const ParameterLayout& layout, bool pruned)
      : meter_(backend, layout, pruned), vectors_(backend, layout), figures_(backend, kFigures) {}

  /// The trainer's weights must be up to date. projected: exact sparsity is that of the projection
  void measure(Trainer<T>& trainer, bool projected) {
    const T* parameters = trainer.parameters().data();
    double* const figures = figures_.data();
    vectors_.forward(trainer.weights(), Bound::Improved, PathVectors<T>::Of::Effective);
    vectors_.sum(figures);
    meter_.sum(parameters, Kind::Near, 0, figures + 1);
    meter_.sum(parameters, projected ? Kind::Projected : Kind::Exact, 0, figures + 2);
  }
  /// The measured figures, on the device.
  const double* figures() const { return figures_.data(); }
  /// The measured figures, on the host.
  MonitorValues values(const double* figures) const {
    const double rows = static_cast<double>(meter_.rows());
    return {figures[0], figures[1] / rows, figures[2] / rows};
  }

 private:
  using Kind = typename SparsityMeter<T>::Kind;

  SparsityMeter<T> meter_;
  PathVectors<T> vectors_;
  Buffer<double> figures_;
};

}  // namespace psilon
