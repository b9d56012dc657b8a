#include "network/certificate.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace psilon {

namespace {

/// NaN if the slope is.
double radius_of(double margin, double slope) {
  if (margin <= 0) return 0;
  return slope == 0 ? std::numeric_limits<double>::infinity() : margin / slope;
}

/// The smaller one, NaN if either is.
double smaller(double a, double b) { return std::isnan(a) || b >= a ? a : b; }

/// Bounds on the slope of one output, or of the difference of two, of the mean of networks.
class OutputSlopes {
 public:
  explicit OutputSlopes(const std::vector<LastLayer>& networks)
      : networks_(networks), pairs_(static_cast<std::size_t>(networks.front().outputs())) {}

  Index outputs() const { return static_cast<Index>(pairs_.size()); }
  /// P(c, k) for every k
  const std::vector<double>& of_pairs(Index c) {
    auto& slopes = pairs_[static_cast<std::size_t>(c)];
    if (slopes.empty())
      for (Index k = 0; k < outputs(); k++) slopes.push_back(slope(c, k));
    return slopes;
  }
  double of_single() const { return slope(0, -1); }

 private:
  double slope(Index c, Index k) const {
    double total = 0;
    for (const auto& network : networks_) total += slope(network, c, k);
    return total / static_cast<double>(networks_.size());
  }

  /// sum_j max_s |W_s,cj - W_s,kj| r_j; for k = -1 with W_s,cj alone
  static double slope(const LastLayer& network, Index c, Index k) {
    const auto width = static_cast<Index>(network.r.size());
    double total = 0;
    for (Index j = 0; j < width; j++) {
      double largest = 0;
      for (const auto& w : network.weights) {
        const double other = k < 0 ? 0 : w[static_cast<std::size_t>(k * width + j)];
        largest = std::max(largest, std::abs(w[static_cast<std::size_t>(c * width + j)] - other));
      }
      total += largest * network.r[static_cast<std::size_t>(j)];
    }
    return total;
  }

  const std::vector<LastLayer>& networks_;
  std::vector<std::vector<double>> pairs_;
};

}  // namespace

Certificate certify(const std::vector<LastLayer>& networks, const std::vector<double>& outputs) {
  OutputSlopes slopes(networks);
  const Index count = slopes.outputs();
  const double single = count == 1 ? slopes.of_single() : 0;
  Certificate certificate;
  for (auto f = outputs.begin(); f != outputs.end(); f += count) {
    if (count == 1) {
      certificate.classes.push_back(*f > 0 ? 1 : 0);
      certificate.radii.push_back(radius_of(std::abs(*f), single));
      continue;
    }
    const Index c = std::max_element(f, f + count) - f;
    const auto& pairs = slopes.of_pairs(c);
    double radius = std::numeric_limits<double>::infinity();
    for (Index k = 0; k < count; k++)
      if (k != c) radius = smaller(radius, radius_of(f[c] - f[k], pairs[static_cast<std::size_t>(k)]));
    certificate.classes.push_back(static_cast<std::int32_t>(c));
    certificate.radii.push_back(radius);
  }
  return certificate;
}

}  // namespace psilon
