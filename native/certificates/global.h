#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "certificates/relu_network.h"

/// Bounds that hold for all inputs at once, from path norms (method, sections 5, 10 and 14), rounded up.
namespace psilon::certificates {

/// r_{depth+1}: for each output, a bound on its Lipschitz constant (l-infinity on the inputs).
std::vector<double> path_norms(const ReluNetwork& network, Bound bound);

/// q_0: a bound on |d f_i / d x_j| for each input j; without `output`, for the sum of outputs.
std::vector<double> influence(const ReluNetwork& network, Bound bound, std::optional<Index> output);

/// <objective, f> within distance * half_j of each input x_j: in exact arithmetic it differs from `value`, that at x,
/// by at most distance * slope, and a prediction of it differs from that by error + distance * error_slope. This holds
/// for distances up to `reach`, beyond which sums may overflow.
struct GlobalBound {
  double value, slope, error, error_slope, reach;

  /// Predictions are above this.
  double lower(double distance) const;
};

GlobalBound global_bound(const std::vector<ReluNetwork>& networks, Bound bound, const double* x,
                         const std::vector<double>& half, const std::vector<double>& objective);

struct GlobalCertificate {
  std::vector<std::int32_t> classes;
  std::vector<double> radii;
};

/// For each row of x [n, inputs] with these outputs, the predicted class (of one logit: 1 if positive) and the largest
/// radius found such that no input within it has another class: one whose every number j is less than radius *
/// tolerances_j [n, inputs] away; 0 for a number that stays. Infinity if no input can change the class. With `single`
/// inputs are rounded to single precision before they are predicted.
GlobalCertificate certify_globally(const std::vector<ReluNetwork>& networks, Bound bound, const std::vector<double>& x,
                                   const std::vector<double>& tolerances, const std::vector<double>& outputs,
                                   bool single);

}  // namespace psilon::certificates
