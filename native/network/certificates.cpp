#include "network/certificates.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace psilon {

namespace {

/// NaN where the norm is.
double radius_of(double margin, double norm) {
  if (margin <= 0) return 0;
  return norm == 0 ? std::numeric_limits<double>::infinity() : margin / norm;
}

double least(double a, double b) { return std::isnan(a) || b >= a ? a : b; }

/// Bounds on how fast the difference of two outputs, or one output, can change.
class OutputNorms {
 public:
  OutputNorms(std::vector<std::vector<double>> weights, std::vector<double> hidden, Index outputs)
      : weights_(std::move(weights)), hidden_(std::move(hidden)), pairs_(static_cast<std::size_t>(outputs)) {}

  /// sum_j max_s |W_s,cj - W_s,kj| r_j for every k
  const std::vector<double>& of_pairs(Index c) {
    auto& norms = pairs_[static_cast<std::size_t>(c)];
    if (norms.empty())
      for (Index k = 0; k < static_cast<Index>(pairs_.size()); k++) norms.push_back(norm(c, k));
    return norms;
  }
  /// sum_j max_s |W_s,0j| r_j
  double of_single() const { return norm(0, -1); }

 private:
  double norm(Index c, Index k) const {
    const Index width = static_cast<Index>(hidden_.size());
    double total = 0;
    for (Index j = 0; j < width; j++) {
      double largest = 0;
      for (const auto& w : weights_) {
        const double other = k < 0 ? 0 : w[static_cast<std::size_t>(k * width + j)];
        largest = std::max(largest, std::abs(w[static_cast<std::size_t>(c * width + j)] - other));
      }
      total += largest * hidden_[static_cast<std::size_t>(j)];
    }
    return total;
  }

  std::vector<std::vector<double>> weights_;
  std::vector<double> hidden_;
  std::vector<std::vector<double>> pairs_;
};

}  // namespace

template <typename T>
Certificates certify(Predictor<T>& predictor, const HostVector<T>& outputs, Bound bound) {
  const Index count = predictor.layout().layers().back().out;
  OutputNorms norms(predictor.output_weights(), predictor.hidden_path_vector(bound), count);
  Certificates certificates;
  for (auto f = outputs.begin(); f != outputs.end(); f += count) {
    if (count == 1) {
      certificates.classes.push_back(*f > 0 ? 1 : 0);
      certificates.radii.push_back(radius_of(std::abs(static_cast<double>(*f)), norms.of_single()));
      continue;
    }
    const Index c = std::max_element(f, f + count) - f;
    const auto& pairs = norms.of_pairs(c);
    double radius = std::numeric_limits<double>::infinity();
    for (Index k = 0; k < count; k++)
      if (k != c)
        radius = least(radius, radius_of(static_cast<double>(f[c]) - static_cast<double>(f[k]),
                                         pairs[static_cast<std::size_t>(k)]));
    certificates.classes.push_back(static_cast<std::int32_t>(c));
    certificates.radii.push_back(radius);
  }
  return certificates;
}

template Certificates certify(Predictor<float>&, const HostVector<float>&, Bound);
template Certificates certify(Predictor<double>&, const HostVector<double>&, Bound);

}  // namespace psilon
