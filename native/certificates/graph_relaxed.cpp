#include <algorithm>
#include <cmath>

#include "certificates/graph.h"

namespace psilon::certificates {

void Graph::substitute(const Group& group, std::size_t first, const std::vector<double>& lower_slopes,
                       std::vector<Row>& rows) const {
  const std::size_t count = group.end - group.begin, column = inputs() + group.begin - first;
  std::vector<double> factors(rows.size() * count);
  const auto own = [&](const std::vector<double>& of) { return of.data() + group.begin; };
  const double *upper = own(numbers_.upper), *lower = own(lower_slopes), *raise = own(numbers_.upper_constant);
  const double *constant = own(numbers_.constant), *error = own(numbers_.error), *terms = own(numbers_.terms);
  bool any = false;
  for (std::size_t i = 0; i < rows.size(); i++) {
    const double* a = rows[i].a.data() + column;
    double* to = factors.data() + i * count;
    double sum = 0, errors = 0, sizes = 0;
#pragma omp simd reduction(+ : sum, errors, sizes)
    for (std::size_t k = 0; k < count; k++) {
      const double negative = a[k] < 0 ? a[k] : 0, w = negative * upper[k] + (a[k] - negative) * lower[k];
      const double raised = negative * raise[k];
      to[k] = w;
      sum += raised + w * constant[k];
      errors += std::abs(w) * error[k];
      sizes += std::abs(w) * terms[k] - raised;
    }
    rows[i].constant += sum;
    rows[i].error += errors;
    rows[i].terms += sizes;
    any = any || sizes > 0;
  }
  if (!any) return;
  Rows from;
  from.reserve(count);
  for (std::size_t u = group.begin; u < group.end; u++) from.push_back(&units_[u].row);
  add_coefficients(factors, from, rows);
}

Graph::Relaxed Graph::relaxed(const Rows& rows, double sign, const std::vector<double>& lower_slopes) const {
  Relaxed found;
  if (rows.empty()) return found;
  const std::size_t n = inputs(), first = rows.front()->first, end = first + rows.front()->a.size() - n;
  std::vector<Row> back;
  back.reserve(rows.size());
  for (const Row* row : rows) {
    if (sign < 0) {
      back.push_back(negative(*row));
    } else {
      back.push_back(*row);
      back.back().a = memory_.copy(row->a);
    }
  }
  for (std::size_t g = groups_.size(); g-- > 0;)
    if (groups_[g].begin >= first && groups_[g].end <= end) substitute(groups_[g], first, lower_slopes, back);
  for (Row& row : back) {
    const double *a = row.a.data(), *low = lower_.data(), *high = upper_.data();
    double sum = 0, sizes = 0;
#pragma omp simd reduction(+ : sum, sizes)
    for (std::size_t j = 0; j < n; j++) {
      const double least = a[j] * (a[j] > 0 ? low[j] : high[j]);
      sum += least;
      sizes += std::abs(least);
    }
    found.bounds.push_back(row.constant + sum - up_ * (row.error + relative_ * (row.terms + sizes)));
    found.coefficients.push_back(row.a);
  }
  return found;
}

void Graph::narrow(const Rows& rows, const std::vector<Bounds*>& bounds) const {
  const auto lower = relaxed(rows, 1, numbers_.lower).bounds;
  Rows left;
  std::vector<Bounds*> open;
  for (std::size_t i = 0; i < rows.size(); i++) {
    Range& range = bounds[i]->range;
    range.lower = std::max(range.lower, lower[i]);
    if (!range.undecided()) continue;
    left.push_back(rows[i]);
    open.push_back(bounds[i]);
  }
  const auto upper = relaxed(left, -1, numbers_.lower).bounds;
  for (std::size_t i = 0; i < open.size(); i++) open[i]->range.upper = std::min(open[i]->range.upper, -upper[i]);
}

double Graph::relaxed_bound(const Row& row) const {
  constexpr int kSteps = 5;
  constexpr double kFirst = 5, kLess = 0.3;
  std::vector<double> best = numbers_.upper, tried = best, ascent(units());
  double bound = -kInfinity, length = kFirst;
  for (int step = 0; step <= kSteps; step++) {
    const Relaxed found = relaxed({&row}, 1, tried);
    if (found.bounds.front() > bound) {
      bound = found.bounds.front();
      best = tried;
      ascent = ascent_of(row, found.coefficients.front(), best);
    } else {
      length *= kLess;
    }
    for (std::size_t u = 0; u < units(); u++) tried[u] = std::clamp(best[u] + length * ascent[u], 0.0, 1.0);
  }
  return bound;
}

/// A relaxed bound is that of a point: the corner where it is least, and what its lines have there. It rises with the
/// slope of a lower line as z_u does times the coefficient of relu(z_u); here by their sign, and by z_u's share of its
/// range.
std::vector<double> Graph::ascent_of(const Row& row, std::span<const double> coefficients,
                                     const std::vector<double>& lower_slopes) const {
  const std::size_t n = inputs();
  std::vector<double> y(n + units()), ascent(units());
  for (std::size_t j = 0; j < n; j++) y[j] = coefficients[j] > 0 ? lower_[j] : upper_[j];
  for (std::size_t u = row.first; u < row.first + coefficients.size() - n; u++) {
    const double z = sum_at(units_[u].row, y), a = coefficients[n + u - row.first];
    y[n + u] = a < 0 ? numbers_.upper[u] * z + numbers_.upper_constant[u] : lower_slopes[u] * z;
    if (a > 0) ascent[u] = z / (units_[u].range.upper - units_[u].range.lower);
  }
  return ascent;
}

std::vector<double> Graph::corner(const Row& row) const {
  const auto coefficients = relaxed({&row}, 1, numbers_.lower).coefficients.front().first(inputs());
  std::vector<double> a(coefficients.begin(), coefficients.end());
  for (std::size_t j = 0; j < a.size(); j++) a[j] = a[j] > 0 ? lower_[j] : a[j] < 0 ? upper_[j] : center_[j];
  return a;
}

}  // namespace psilon::certificates
