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
  for (const Row* row : rows) factors.insert(factors.end(), row->a.begin() + static_cast<Index>(inputs()), row->a.end());
  return factors;
}

std::vector<Graph::Jacobian> Graph::jacobians(const Rows& rows) const {
  std::vector<Jacobian> found;
  if (rows.empty()) return found;
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
    found.push_back({at_center, off, {row->a.begin(), row->a.begin() + static_cast<Index>(n)}, {}});
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
    each->radius.assign(n, 0);
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

void Graph::substitute(const Group& group, std::size_t first, std::vector<Row>& rows) const {
  const std::size_t count = group.end - group.begin, column = inputs() + group.begin - first;
  std::vector<double> factors(rows.size() * count);
  const auto numbers = [&](const std::vector<double>& of) { return of.data() + group.begin; };
  const double *upper = numbers(numbers_.upper), *lower = numbers(numbers_.lower);
  const double* upper_constant = numbers(numbers_.upper_constant);
  const double *constant = numbers(numbers_.constant), *error = numbers(numbers_.error),
               *terms = numbers(numbers_.terms);
  bool any = false;
  for (std::size_t i = 0; i < rows.size(); i++) {
    const double* a = rows[i].a.data() + column;
    double* to = factors.data() + i * count;
    double sum = 0, errors = 0, sizes = 0, largest = 0;
#pragma omp simd reduction(+ : sum, errors, sizes) reduction(max : largest)
    for (std::size_t k = 0; k < count; k++) {
      const double negative = a[k] < 0 ? a[k] : 0, w = negative * upper[k] + (a[k] - negative) * lower[k];
      const double raised = negative * upper_constant[k], size = std::abs(w);
      to[k] = w;
      sum += raised + w * constant[k];
      errors += size * error[k];
      sizes += size * terms[k] - raised;
      largest = size > largest ? size : largest;
    }
    rows[i].constant += sum;
    rows[i].error += errors;
    rows[i].terms += sizes;
    any = any || largest > 0;
  }
  if (!any) return;
  Rows from;
  for (std::size_t u = group.begin; u < group.end; u++) from.push_back(&units_[u].row);
  add_coefficients(factors, from, rows);
}

Graph::Relaxed Graph::relaxed(const Rows& rows, double sign) const {
  Relaxed found;
  if (rows.empty()) return found;
  const std::size_t n = inputs(), first = rows.front()->first, end = first + rows.front()->a.size() - n;
  std::vector<Row> back;
  for (const Row* row : rows) {
    back.push_back(*row);
    back.back().constant *= sign;
    if (sign < 0)
      for (double& a : back.back().a) a = -a;
  }
  for (std::size_t g = groups_.size(); g-- > 0;)
    if (groups_[g].begin >= first && groups_[g].end <= end) substitute(groups_[g], first, back);
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
    row.a.resize(n);
    found.slopes.push_back(std::move(row.a));
  }
  return found;
}

void Graph::narrow(const Rows& rows, const std::vector<Bounds*>& bounds) const {
  const auto lower = relaxed(rows, 1).bounds;
  Rows left;
  std::vector<Bounds*> open;
  for (std::size_t i = 0; i < rows.size(); i++) {
    Range& range = bounds[i]->range;
    range.lower = std::max(range.lower, lower[i]);
    if (!range.undecided()) continue;
    left.push_back(rows[i]);
    open.push_back(bounds[i]);
  }
  const auto upper = relaxed(left, -1).bounds;
  for (std::size_t i = 0; i < open.size(); i++) open[i]->range.upper = std::min(open[i]->range.upper, -upper[i]);
}

std::vector<Graph::Bounds> Graph::bounds(const std::vector<Row>& rows) const {
  std::vector<Bounds> found;
  for (const Row& row : rows) found.push_back({interval_bounds(row), {}});
  Open open(rows, found);
  auto of = jacobians(open.rows);
  for (std::size_t i = 0; i < of.size(); i++) {
    Bounds& bounds = *open.bounds[i];
    bounds.range = intersection(bounds.range, slope_bounds(*open.rows[i], of[i]));
    bounds.jacobian = std::move(of[i]);
  }
  open = Open(rows, found);
  if (method_ == Method::Linear) {
    narrow(open.rows, open.bounds);
    open = Open(rows, found);
  }
  std::vector<Jacobian*> incomplete;
  for (Bounds* bounds : open.bounds) incomplete.push_back(&bounds->jacobian);
  add_radii(open.rows, incomplete);
  return found;
}

std::vector<double> Graph::lower_bounds(const std::vector<Row>& rows) const {
  Rows all;
  for (const Row& row : rows) all.push_back(&row);
  const auto of = jacobians(all);
  const auto linear = method_ == Method::Linear ? relaxed(all, 1).bounds : std::vector<double>(rows.size(), -kInfinity);
  std::vector<double> bounds;
  for (std::size_t i = 0; i < rows.size(); i++) {
    const Range local = intersection(interval_bounds(rows[i]), slope_bounds(rows[i], of[i]));
    bounds.push_back(std::max(local.lower, linear[i]));
  }
  return bounds;
}

std::vector<double> Graph::corner(const Row& row) const {
  std::vector<double> a = std::move(relaxed({&row}, 1).slopes.front());
  for (std::size_t j = 0; j < a.size(); j++) a[j] = a[j] > 0 ? lower_[j] : a[j] < 0 ? upper_[j] : center_[j];
  return a;
}

std::vector<Range> Graph::slopes(const Row& row) const {
  auto of = jacobians({&row});
  add_radii({&row}, {&of.front()});
  return slopes(row, of.front());
}

std::vector<Range> Graph::slopes(const Row& row, const Jacobian& of) const {
  std::vector<Range> ranges;
  for (std::size_t j = 0; j < inputs(); j++) {
    const double terms = std::abs(row.a[j]) + std::abs(of.slope[j]) + of.radius[j];
    const double radius = up_ * (of.radius[j] + 4 * relative_ * terms);
    ranges.push_back({of.slope[j] - radius, of.slope[j] + radius});
  }
  return ranges;
}

}  // namespace psilon::certificates
