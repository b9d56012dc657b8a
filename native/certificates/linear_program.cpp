#include "certificates/linear_program.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "certificates/add_scaled.h"
#include "certificates/rounding.h"

namespace psilon::certificates {

namespace {

constexpr double kTolerance = 1e-9;

/// A dictionary: each basic variable is an affine function of those outside the basis, which stand at a bound.
/// Variables are y, then a slack for each row, which is at least 0. At first the basis holds the slacks, and each y
/// stands where it costs least; so the reduced costs are dual feasible, and every step raises the bound.
class DualSimplex {
 public:
  explicit DualSimplex(const LinearProgram& program)
      : n_(program.cost.size()),
        m_(program.least.size()),
        table_(program.rows),
        reduced_(program.cost),
        lower_(program.lower),
        upper_(program.upper),
        bound_(program.constant) {
    lower_.resize(n_ + m_, 0);
    upper_.resize(n_ + m_, kInfinity);
    value_.resize(n_ + m_);
    for (std::size_t j = 0; j < n_; j++) {
      outside_.push_back(j);
      value_[j] = reduced_[j] > 0 ? lower_[j] : upper_[j];
      bound_ += reduced_[j] * value_[j];
    }
    for (std::size_t r = 0; r < m_; r++) {
      basis_.push_back(n_ + r);
      double sum = -program.least[r];
      for (std::size_t j = 0; j < n_; j++) sum += program.rows[r * n_ + j] * value_[j];
      value_[n_ + r] = sum;
    }
  }

  double bound() const { return bound_; }

  /// Whether there is another step; false at the optimum, or where no point exists.
  bool step() {
    const std::size_t r = leaving();
    if (r == m_) return false;
    const std::size_t j = entering(r);
    if (j == n_) {
      refute(r);
      return false;
    }
    pivot(r, j);
    return true;
  }

  LinearSolution solution(bool solved) const {
    LinearSolution solution{std::vector<double>(m_), {value_.begin(), value_.begin() + static_cast<Index>(n_)}, solved};
    for (std::size_t j = 0; j < n_; j++)
      if (outside_[j] >= n_) solution.multipliers[outside_[j] - n_] = std::max(reduced_[j], 0.0);
    if (refuted_.second > 0) solution.multipliers[refuted_.first] += refuted_.second;
    for (std::size_t j = 0; j < n_; j++) solution.point[j] = std::clamp(solution.point[j], lower_[j], upper_[j]);
    return solution;
  }

 private:
  /// By how much a basic variable is beyond its bounds: negative below.
  double violation(std::size_t r) const {
    const std::size_t k = basis_[r];
    if (value_[k] < lower_[k]) return value_[k] - lower_[k];
    return value_[k] > upper_[k] ? value_[k] - upper_[k] : 0;
  }

  std::size_t leaving() const {
    std::size_t worst = m_;
    double most = kTolerance;
    for (std::size_t r = 0; r < m_; r++) {
      const double size = std::abs(violation(r));
      if (size > most) {
        most = size;
        worst = r;
      }
    }
    return worst;
  }

  /// The variable whose reduced cost is the first to vanish; those that vanish before the bound has stopped rising move
  /// to their other bound.
  std::size_t entering(std::size_t r) {
    const double sign = violation(r) < 0 ? 1 : -1;
    candidates_.clear();
    for (std::size_t j = 0; j < n_; j++) {
      const std::size_t k = outside_[j];
      const double t = sign * table_[r * n_ + j];
      const bool rises = value_[k] <= lower_[k] ? t > kTolerance : t < -kTolerance;
      if (rises && lower_[k] < upper_[k]) candidates_.push_back({std::abs(reduced_[j] / t), j});
    }
    std::sort(candidates_.begin(), candidates_.end());
    double left = std::abs(violation(r));
    for (const auto& [ratio, j] : candidates_) {
      const std::size_t k = outside_[j];
      const double range = upper_[k] - lower_[k], gain = std::abs(table_[r * n_ + j]) * range;
      if (gain >= left) return j;
      left -= gain;
      flip(j, range);
    }
    return n_;
  }

  void flip(std::size_t j, double range) {
    const std::size_t k = outside_[j];
    const double move = value_[k] <= lower_[k] ? range : -range;
    value_[k] = move > 0 ? upper_[k] : lower_[k];
    for (std::size_t i = 0; i < m_; i++) value_[basis_[i]] += table_[i * n_ + j] * move;
    bound_ += reduced_[j] * move;
  }

  void pivot(std::size_t r, std::size_t j) {
    const std::size_t out = basis_[r], in = outside_[j];
    const double by = -violation(r), t = by / table_[r * n_ + j];
    for (std::size_t i = 0; i < m_; i++)
      if (i != r) value_[basis_[i]] += table_[i * n_ + j] * t;
    value_[out] = by > 0 ? lower_[out] : upper_[out];
    value_[in] += t;
    bound_ += reduced_[j] * t;
    double* row = table_.data() + r * n_;
    const double inverse = 1 / row[j];
    for (std::size_t k = 0; k < n_; k++) row[k] *= -inverse;
    row[j] = inverse;
    for (std::size_t i = 0; i < m_; i++)
      if (i != r) eliminate(table_.data() + i * n_, row, j);
    eliminate(reduced_.data(), row, j);
    basis_[r] = in;
    outside_[j] = out;
  }

  void eliminate(double* to, const double* row, std::size_t j) const {
    const double factor = to[j];
    if (factor == 0) return;
    to[j] = 0;
    add_scaled(factor, row, n_, to);
  }

  /// Row r cannot be brought within its bounds: multiples of it raise the bound without end.
  void refute(std::size_t r) {
    const double sign = violation(r) < 0 ? 1 : -1;
    const double multiple = 2 * (std::abs(bound_) + 1) / std::abs(violation(r));
    for (std::size_t j = 0; j < n_; j++) reduced_[j] -= sign * multiple * table_[r * n_ + j];
    bound_ += multiple * std::abs(violation(r));
    if (basis_[r] >= n_) refuted_ = {basis_[r] - n_, multiple};
  }

  std::size_t n_, m_;
  std::vector<double> table_, reduced_, lower_, upper_, value_;
  double bound_;
  std::vector<std::size_t> basis_, outside_;
  std::vector<std::pair<double, std::size_t>> candidates_;
  std::pair<std::size_t, double> refuted_{0, 0};  // a row that no point meets, and what its multiplier gains by it
};

}  // namespace

LinearSolution solve(const LinearProgram& program, double enough) {
  DualSimplex simplex(program);
  const std::size_t most = 50 + 4 * (program.cost.size() + program.least.size());
  bool more = true;
  for (std::size_t steps = 0; more && steps < most && simplex.bound() <= enough; steps++) more = simplex.step();
  return simplex.solution(!more);
}

double lagrangian(const LinearProgram& program, const std::vector<double>& multipliers, double relative) {
  const std::size_t n = program.cost.size();
  std::vector<double> reduced = program.cost, sizes(n);
  for (std::size_t j = 0; j < n; j++) sizes[j] = std::abs(program.cost[j]);
  double bound = program.constant, terms = std::abs(program.constant);
  for (std::size_t r = 0; r < multipliers.size(); r++) {
    const double multiplier = multipliers[r];
    if (multiplier == 0) continue;
    const double* row = program.rows.data() + r * n;
    bound += multiplier * program.least[r];
    terms += multiplier * std::abs(program.least[r]);
    for (std::size_t j = 0; j < n; j++) {
      reduced[j] -= multiplier * row[j];
      sizes[j] += multiplier * std::abs(row[j]);
    }
  }
  for (std::size_t j = 0; j < n; j++) {
    bound += reduced[j] * (reduced[j] > 0 ? program.lower[j] : program.upper[j]);
    terms += sizes[j] * std::max(std::abs(program.lower[j]), std::abs(program.upper[j]));
  }
  return bound - 2 * relative * terms;
}

}  // namespace psilon::certificates
