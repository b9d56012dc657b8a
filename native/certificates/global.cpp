#include "certificates/global.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "backend/path_row.h"
#include "certificates/rounding.h"

namespace psilon::certificates {

namespace {

/// a b for numbers that are not negative, above 0 where both are.
double product(double a, double b) {
  const double ab = a * b;
  return ab > 0 || a == 0 || b == 0 ? ab : std::numeric_limits<double>::denorm_min();
}

/// M of a layer (method, section 5).
class PathMatrix {
 public:
  PathMatrix(const ReluLayer& layer, Bound bound) {
    const auto& w = layer.weights;
    const int count = w[1].empty() ? 1 : 2;
    op_.bound = bound;
    op_.w.m = {{w[0].data(), w[count - 1].data()}, count, layer.out, layer.in};
    op_.residual = layer.residual;
  }

  double entry(Index i, Index j) const {
    const PathRow<double> row(op_, i);
    return op_.residual && i == j ? row.diagonal(j) : row.entry(j);
  }

 private:
  PathProduct<double> op_{};
};

/// Covers the rounding of all sums of the network here.
double rounding_of(const ReluNetwork& network) {
  double operations = 16;
  for (const ReluLayer& layer : network) operations += static_cast<double>(2 * layer.in + 16);
  return 1 + gamma<double>(operations);
}

/// Covers that, and the rounding of the weights that predictions use.
double slack_of(const ReluNetwork& network) {
  double slack = rounding_of(network);
  for (const ReluLayer& layer : network) slack *= 1 + layer.weight_error;
  return slack;
}

/// The state of predictions within a distance of a center, layer by layer: |z(x) - value| <= distance * reach in exact
/// arithmetic, and a prediction differs from z(x) by at most error + distance * error_slope.
struct Neighbourhood {
  std::vector<double> value, reach, error, error_slope;
  double limit = kInfinity;  // of the distance, by which sums do not overflow
};

/// What size_i makes of the numbers from `of`, with those of |y| for a residual.
double sized(const ReluLayer& layer, Index i, const std::vector<double>& of) {
  const double* row = layer.size.data() + i * layer.in;
  double total = layer.residual ? of[static_cast<std::size_t>(i)] : 0;
  for (std::size_t j = 0; j < of.size(); j++) total += product(row[j], of[j]);
  return total;
}

double value_of(const ReluLayer& layer, Index i, const std::vector<double>& y) {
  double sum = layer.bias[static_cast<std::size_t>(i)];
  for (Index j = 0; j < layer.in; j++) {
    const auto at = static_cast<std::size_t>(i * layer.in + j), from = static_cast<std::size_t>(j);
    if (!layer.straight.empty()) sum += layer.straight[at] * y[from];
    if (!layer.bent.empty()) sum += layer.bent[at] * std::max(y[from], 0.0);
  }
  return sum;
}

/// Magnitudes of what a layer reads: at the center, and per unit of distance.
struct Sizes {
  std::vector<double> at_center, slope;
  double largest = 0, largest_slope = 0;

  explicit Sizes(const Neighbourhood& of) {
    for (std::size_t j = 0; j < of.value.size(); j++) {
      at_center.push_back(std::abs(of.value[j]) + of.error[j]);
      slope.push_back(of.reach[j] + of.error_slope[j]);
      largest = std::max(largest, at_center.back());
      largest_slope = std::max(largest_slope, slope.back());
    }
  }
};

double limit_of(const ReluLayer& layer, const Sizes& sizes) {
  const double room = layer.limit - kUp * (layer.reach * sizes.largest + layer.largest_bias);
  if (!(room > 0)) return 0;
  return sizes.largest_slope == 0 ? kInfinity : room / (kUp * layer.reach * sizes.largest_slope);
}

/// Rounding of z_i itself: at the center, and per unit of distance.
std::pair<double, double> own_error(const ReluLayer& layer, Index i, const Sizes& sizes) {
  const auto at = static_cast<std::size_t>(i);
  const double total = sized(layer, i, sizes.at_center) + std::abs(layer.bias[at]);
  return {layer.relative[at] * total + layer.absolute[at] + layer.absolute_slope[at] * sizes.largest,
          layer.relative[at] * sized(layer, i, sizes.slope) + layer.absolute_slope[at] * sizes.largest_slope};
}

Neighbourhood through(const ReluLayer& layer, Bound bound, const Neighbourhood& from) {
  const Sizes sizes(from);
  const PathMatrix matrix(layer, bound);
  Neighbourhood to;
  to.limit = std::min(from.limit, limit_of(layer, sizes));
  for (Index i = 0; i < layer.out; i++) {
    auto [error, error_slope] = own_error(layer, i, sizes);
    double reach = 0;
    for (Index j = 0; j < layer.in; j++) {
      const double m = matrix.entry(i, j);
      const auto at = static_cast<std::size_t>(j);
      reach += product(m, from.reach[at]);
      error += product(m, from.error[at]);
      error_slope += product(m, from.error_slope[at]);
    }
    to.value.push_back(value_of(layer, i, from.value));
    to.reach.push_back(reach);
    to.error.push_back(error);
    to.error_slope.push_back(error_slope);
  }
  return to;
}

/// How fast <objective, z> changes at most with each y_j that a last layer reads: its rows are combined first.
std::vector<double> steepest_of(const ReluLayer& layer, const std::vector<double>& objective) {
  std::vector<double> steepest;
  for (Index j = 0; j < layer.in; j++) {
    double off = 0, bent = 0;
    for (Index i = 0; i < layer.out; i++) {
      const auto at = static_cast<std::size_t>(i * layer.in + j);
      if (!layer.straight.empty()) off += objective[static_cast<std::size_t>(i)] * layer.straight[at];
      if (!layer.bent.empty()) bent += objective[static_cast<std::size_t>(i)] * layer.bent[at];
    }
    steepest.push_back(std::max(std::abs(off), std::abs(off + bent)));
  }
  return steepest;
}

/// M^T q of a layer.
std::vector<double> back_through(const ReluLayer& layer, Bound bound, const std::vector<double>& q) {
  const PathMatrix matrix(layer, bound);
  std::vector<double> next(static_cast<std::size_t>(layer.in));
  for (Index i = 0; i < layer.out; i++)
    for (Index j = 0; j < layer.in; j++)
      next[static_cast<std::size_t>(j)] += product(matrix.entry(i, j), q[static_cast<std::size_t>(i)]);
  return next;
}

/// The objective from what the last layer reads.
GlobalBound through_last(const ReluLayer& layer, const Neighbourhood& from, const std::vector<double>& objective) {
  const Sizes sizes(from);
  GlobalBound bound{0, 0, 0, 0, std::min(from.limit, limit_of(layer, sizes))};
  bool reads = false;
  for (Index i = 0; i < layer.out; i++) {
    const double factor = objective[static_cast<std::size_t>(i)];
    if (factor == 0) continue;
    const auto [own, own_slope] = own_error(layer, i, sizes);
    bound.value += factor * value_of(layer, i, from.value);
    bound.error += std::abs(factor) * own;
    bound.error_slope += std::abs(factor) * own_slope;
    for (Index j = 0; j < layer.in; j++) reads |= layer.size[static_cast<std::size_t>(i * layer.in + j)] != 0;
  }
  const std::vector<double> steepest = steepest_of(layer, objective);
  for (std::size_t j = 0; j < steepest.size(); j++) {
    bound.slope += product(steepest[j], from.reach[j]);
    bound.error += product(steepest[j], from.error[j]);
    bound.error_slope += product(steepest[j], from.error_slope[j]);
  }
  if (!reads) bound.reach = kInfinity;
  return bound;
}

/// By how much <objective, f> of the mean changes at most with each input, in exact arithmetic.
std::vector<double> slopes_of(const std::vector<ReluNetwork>& networks, Bound bound,
                              const std::vector<double>& objective) {
  std::vector<double> mean(static_cast<std::size_t>(networks.front().front().in));
  const double share = 1 / static_cast<double>(networks.size());
  for (const ReluNetwork& network : networks) {
    std::vector<double> q = steepest_of(network.back(), objective);
    for (std::size_t k = network.size() - 1; k-- > 0;) q = back_through(network[k], bound, q);
    const double up = (1 + gamma<double>(static_cast<double>(networks.size() + 8))) * rounding_of(network);
    for (std::size_t j = 0; j < q.size(); j++) mean[j] += product(share * up, q[j]);
  }
  return mean;
}

/// Which inputs have a way to an output whose weights are not all 0.
std::vector<bool> inputs_in_use(const std::vector<ReluNetwork>& networks) {
  std::vector<bool> used(static_cast<std::size_t>(networks.front().front().in));
  for (const ReluNetwork& network : networks) {
    const auto q = influence(network, Bound::Improved, std::nullopt);
    for (std::size_t j = 0; j < q.size(); j++)
      if (!(q[j] == 0)) used[j] = true;
  }
  return used;
}

/// How fast a difference of outputs changes with each input, and the bound of its rounding around 0 with half widths 1.
struct Margin {
  std::vector<double> slopes;
  GlobalBound rounding;
};

/// Margins of the predicted class of a row of outputs, which are computed once for each pair.
class Margins {
 public:
  Margins(const std::vector<ReluNetwork>& networks, Bound bound)
      : networks_(networks),
        bound_(bound),
        outputs_(static_cast<std::size_t>(networks.front().back().out)),
        inputs_(static_cast<std::size_t>(networks.front().front().in)),
        pairs_(outputs_ * outputs_) {}

  /// Between classes c and k; of a single output, its own.
  const Margin& of(std::size_t c, std::size_t k) {
    auto& known = pairs_[c * outputs_ + k];
    if (known) return *known;
    std::vector<double> objective(outputs_);
    if (c != k) objective[k] = -1;
    objective[c] = 1;
    const std::vector<double> zeros(inputs_), ones(inputs_, 1.0);
    known = {slopes_of(networks_, bound_, objective), global_bound(networks_, bound_, zeros.data(), ones, objective)};
    return *known;
  }

 private:
  const std::vector<ReluNetwork>& networks_;
  Bound bound_;
  std::size_t outputs_, inputs_;
  std::vector<std::optional<Margin>> pairs_;
};

/// A row, and how its numbers move.
struct Move {
  const double *x, *tolerances;
  double size, farthest;  // the largest |x_j|, and the largest tolerance of an input in use
};

Move move_of(const double* x, const double* tolerances, const std::vector<bool>& used) {
  Move move{x, tolerances, 0, 0};
  for (std::size_t j = 0; j < used.size(); j++) {
    move.size = std::max(move.size, std::abs(x[j]));
    if (used[j]) move.farthest = std::max(move.farthest, tolerances[j]);
  }
  return move;
}

/// How far a row can move while a predicted margin, another prediction of which differs from it by twice its error,
/// stays positive. An input x_j that moves is rounded by at most rounding |x_j| here and there.
double radius_of(const Margin& margin, double predicted, const Move& move, double rounding) {
  const auto& [slopes, bound] = margin;
  double slope = move.farthest * bound.error_slope, rounded = 0;
  for (std::size_t j = 0; j < slopes.size(); j++) {
    if (slopes[j] == 0 || move.tolerances[j] == 0) continue;
    slope += product(slopes[j], move.tolerances[j]);
    rounded += slopes[j] * std::abs(move.x[j]);
  }
  const double room = predicted - (2 * (bound.error + move.size * bound.error_slope) + rounding * rounded) * kUp;
  if (!(room > 0) || !(move.size < bound.reach)) return 0;
  if (move.farthest == 0) return kInfinity;
  return std::max(0.0, std::min((bound.reach - move.size) / move.farthest, slope == 0 ? kInfinity : room / slope));
}

}  // namespace

std::vector<double> path_norms(const ReluNetwork& network, Bound bound) {
  std::vector<double> r(static_cast<std::size_t>(network.front().in), 1.0);
  for (const ReluLayer& layer : network) {
    const PathMatrix matrix(layer, bound);
    std::vector<double> next(static_cast<std::size_t>(layer.out));
    for (Index i = 0; i < layer.out; i++)
      for (Index j = 0; j < layer.in; j++)
        next[static_cast<std::size_t>(i)] += product(matrix.entry(i, j), r[static_cast<std::size_t>(j)]);
    r = std::move(next);
  }
  for (double& each : r) each *= slack_of(network);
  return r;
}

std::vector<double> influence(const ReluNetwork& network, Bound bound, std::optional<Index> output) {
  std::vector<double> q(static_cast<std::size_t>(network.back().out), output ? 0.0 : 1.0);
  if (output) q[static_cast<std::size_t>(*output)] = 1;
  for (auto layer = network.rbegin(); layer != network.rend(); layer++) q = back_through(*layer, bound, q);
  for (double& each : q) each *= slack_of(network);
  return q;
}

double GlobalBound::lower(double distance) const {
  return distance < reach ? value - error - distance * (slope + error_slope) : -kInfinity;
}

GlobalBound global_bound(const std::vector<ReluNetwork>& networks, Bound bound, const double* x,
                         const std::vector<double>& half, const std::vector<double>& objective) {
  GlobalBound mean{0, 0, 0, 0, kInfinity};
  double up = 1 + gamma<double>(static_cast<double>(networks.size() + 8));
  const double share = 1 / static_cast<double>(networks.size());
  for (const ReluNetwork& network : networks) {
    const std::vector<double> zeros(half.size());
    Neighbourhood state{{x, x + half.size()}, half, zeros, zeros};
    for (std::size_t k = 0; k + 1 < network.size(); k++) state = through(network[k], bound, state);
    const GlobalBound member = through_last(network.back(), state, objective);
    mean.value += share * member.value;
    mean.slope += share * member.slope;
    mean.error += share * (member.error + (up - 1) * std::abs(member.value));
    mean.error_slope += share * (member.error_slope + (up - 1) * member.slope);
    mean.reach = std::min(mean.reach, member.reach);
    up = std::max(up, rounding_of(network));
  }
  return {mean.value, mean.slope * up, mean.error * up, mean.error_slope * up, mean.reach};
}

GlobalCertificate certify_globally(const std::vector<ReluNetwork>& networks, Bound bound, const std::vector<double>& x,
                                   const std::vector<double>& tolerances, const std::vector<double>& outputs,
                                   bool single) {
  const auto inputs = static_cast<std::size_t>(networks.front().front().in);
  const auto count = static_cast<std::size_t>(networks.front().back().out);
  // inputs are rounded where they are computed, and to the dtype
  const double rounding = single ? 2 * std::numeric_limits<float>::epsilon() : 0x1p-50;
  const std::vector<bool> used = inputs_in_use(networks);
  Margins margins(networks, bound);
  GlobalCertificate certificate;
  for (std::size_t row = 0; row * inputs < x.size(); row++) {
    const double* f = outputs.data() + row * count;
    const Move move = move_of(x.data() + row * inputs, tolerances.data() + row * inputs, used);
    const auto best = static_cast<std::size_t>(std::max_element(f, f + count) - f);
    double radius = kInfinity;
    if (count == 1) radius = radius_of(margins.of(0, 0), std::abs(f[0]), move, rounding);
    for (std::size_t k = 0; k < count; k++)
      if (k != best) radius = std::min(radius, radius_of(margins.of(best, k), f[best] - f[k], move, rounding));
    certificate.classes.push_back(static_cast<std::int32_t>(count == 1 ? f[0] > 0 : best));
    certificate.radii.push_back(radius * (1 - rounding));
  }
  return certificate;
}

}  // namespace psilon::certificates
