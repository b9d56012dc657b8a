#include <algorithm>
#include <cmath>

#include "certificates/add_products.h"
#include "certificates/graph.h"

namespace psilon::certificates {

namespace {

Range intersection(const Range& a, const Range& b) { return {std::max(a.lower, b.lower), std::min(a.upper, b.upper)}; }

/// The bounds whose signs are open, and their rows.
struct Open {
  std::vector<const Row*> rows;
  std::vector<Graph::Bounds*> bounds;

  Open(const std::vector<Row>& all, std::vector<Graph::Bounds>& of) {
    rows.reserve(all.size());
    bounds.reserve(all.size());
    for (std::size_t i = 0; i < all.size(); i++) {
      if (!of[i].range.undecided()) continue;
      rows.push_back(&all[i]);
      bounds.push_back(&of[i]);
    }
  }
};

}  // namespace

Range Graph::interval_bounds(const Row& row) const {
  double lower = row.constant, upper = row.constant;
  const double *a = row.a.data(), *b = a + inputs(), *top = numbers_.top.data() + row.first;
  const double *least = lower_.data(), *most = upper_.data();
  const std::size_t n = inputs(), count = row.a.size() - n;
#pragma omp simd reduction(+ : lower, upper)
  for (std::size_t j = 0; j < n; j++) {
    const double low = a[j] * least[j], high = a[j] * most[j];
    lower += low < high ? low : high;
    upper += low < high ? high : low;
  }
#pragma omp simd reduction(+ : lower, upper)
  for (std::size_t k = 0; k < count; k++) {
    const double reach = b[k] * top[k];
    lower += reach < 0 ? reach : 0;
    upper += reach < 0 ? 0 : reach;
  }
  const double error = row.error + relative_ * row.terms;
  return {lower - error, upper + error};
}

std::vector<double> Graph::unit_factors(const Rows& rows) const {
  std::vector<double> factors;
  if (!rows.empty()) factors.reserve(rows.size() * (rows.front()->a.size() - inputs()));
  for (const Row* row : rows)
    factors.insert(factors.end(), row->a.begin() + static_cast<Index>(inputs()), row->a.end());
  return factors;
}

std::vector<Graph::Jacobian> Graph::jacobians(const Rows& rows) const {
  std::vector<Jacobian> found;
  if (rows.empty()) return found;
  found.reserve(rows.size());
  const std::size_t n = inputs(), first = rows.front()->first, count = rows.front()->a.size() - n;
  const double *value = numbers_.value.data() + first, *deviation = numbers_.deviation.data() + first;
  for (const Row* row : rows) {
    const double *a = row->a.data(), *b = a + n, *center = center_.data();
    double at_center = row->constant, off = row->error + relative_ * row->terms;
#pragma omp simd reduction(+ : at_center)
    for (std::size_t j = 0; j < n; j++) at_center += a[j] * center[j];
#pragma omp simd reduction(+ : at_center, off)
    for (std::size_t k = 0; k < count; k++) {
      at_center += b[k] * value[k];
      off += std::abs(b[k]) * deviation[k];
    }
    found.push_back({at_center, off, memory_.copy(row->a.first(n)), {}});
  }
  std::vector<const double*> from;
  std::vector<double*> into;
  for (std::size_t u = first; u < first + count; u++) from.push_back(units_[u].slope.data());
  for (Jacobian& each : found) into.push_back(each.slope.data());
  add_products(rows.size(), count, unit_factors(rows).data(), from.data(), n, into.data());
  return found;
}

void Graph::add_radii(const Rows& rows, const std::vector<Jacobian*>& to) const {
  if (rows.empty()) return;
  const std::size_t n = inputs(), first = rows.front()->first, count = rows.front()->a.size() - n;
  std::vector<double> factors = unit_factors(rows);
  for (double& each : factors) each = std::abs(each);
  std::vector<const double*> from;
  std::vector<double*> into;
  for (std::size_t u = first; u < first + count; u++) from.push_back(units_[u].radius.data());
  for (Jacobian* each : to) {
    each->radius = memory_.zeros(n);
    into.push_back(each->radius.data());
  }
  add_products(rows.size(), count, factors.data(), from.data(), n, into.data());
}

Range Graph::slope_bounds(const Row& row, const Jacobian& of) const {
  double reach = 0;
  const double *half = half_.data(), *slope = of.slope.data(), *b = row.a.data() + inputs();
  const double* slope_reach = numbers_.slope_reach.data() + row.first;
  const std::size_t n = inputs(), count = row.a.size() - n;
#pragma omp simd reduction(+ : reach)
  for (std::size_t j = 0; j < n; j++) reach += half[j] * std::abs(slope[j]);
#pragma omp simd reduction(+ : reach)
  for (std::size_t k = 0; k < count; k++) reach += std::abs(b[k]) * slope_reach[k];
  // the sums of slopes have terms of at most |a_j| + 2 radius_j
  const double error = up_ * (of.deviation + 4 * relative_ * (reach + row.terms));
  return {of.value - reach - error, of.value + reach + error};
}

std::vector<Graph::Bounds> Graph::bounds(const std::vector<Row>& rows) const {
  std::vector<Bounds> found;
  found.reserve(rows.size());
  for (const Row& row : rows) found.push_back({interval_bounds(row), {}});
  Open open(rows, found);
  auto of = jacobians(open.rows);
  for (std::size_t i = 0; i < of.size(); i++) {
    Bounds& bounds = *open.bounds[i];
    bounds.range = intersection(bounds.range, slope_bounds(*open.rows[i], of[i]));
    bounds.jacobian = of[i];
  }
  open = Open(rows, found);
  if (ranges_ == Ranges::Backward) {
    narrow(open.rows, open.bounds);
    open = Open(rows, found);
  }
  std::vector<Jacobian*> incomplete;
  for (Bounds* bounds : open.bounds) incomplete.push_back(&bounds->jacobian);
  add_radii(open.rows, incomplete);
  return found;
}

double Graph::lower_bound(const Row& row) const {
  const Range local = intersection(interval_bounds(row), slope_bounds(row, jacobians({&row}).front()));
  if (ranges_ == Ranges::Forward) return local.lower;
  return std::max(local.lower, relaxed({&row}, 1, numbers_.lower).bounds.front());
}

std::vector<Range> Graph::slopes(const Row& row) const {
  Jacobian of = jacobians({&row}).front();
  add_radii({&row}, {&of});
  std::vector<Range> ranges;
  for (std::size_t j = 0; j < inputs(); j++) {
    const double radius = widened(row.a[j], of.slope[j], of.radius[j]);
    ranges.push_back({of.slope[j] - radius, of.slope[j] + radius});
  }
  return ranges;
}

}  // namespace psilon::certificates
