#include "certificates/graph.h"

#include <algorithm>
#include <cmath>

#include "certificates/add_scaled.h"

namespace psilon::certificates {

namespace {

Range intersection(const Range& a, const Range& b) { return {std::max(a.lower, b.lower), std::min(a.upper, b.upper)}; }

/// a += factor row, where a begins with the inputs and then has the units from `first` on.
void add_row(double factor, const Row& row, std::size_t inputs, std::size_t first, std::vector<double>& a) {
  if (row.first == first) return add_scaled(factor, row.a.data(), row.a.size(), a.data());
  add_scaled(factor, row.a.data(), inputs, a.data());
  const std::size_t units = row.a.size() - inputs;
  if (units > 0) add_scaled(factor, row.a.data() + inputs, units, a.data() + inputs + (row.first - first));
}

}  // namespace

UpperLine::UpperLine(const Range& z)
    : slope(z.upper / (z.upper - z.lower)),
      constant(kUp * std::max(-slope * z.lower, z.upper - slope * z.upper) + 1e-15 * z.upper) {}

Graph::Graph(const Box& box, Method method, double relative)
    : method_(method), relative_(relative), up_(1 + 8 * relative_), lower_(box.lower), upper_(box.upper) {
  for (std::size_t j = 0; j < box.size(); j++) {
    center_.push_back(lower_[j] + (upper_[j] - lower_[j]) / 2);
    half_.push_back(kUp * std::max(upper_[j] - center_[j], center_[j] - lower_[j]));
    size_.push_back(std::max(std::abs(lower_[j]), std::abs(upper_[j])));
  }
}

Row Graph::zero(std::size_t first) const { return {std::vector<double>(inputs() + units() - first), first, 0, 0, 0}; }

Row Graph::input(std::size_t j) const {
  Row row = zero();
  row.a[j] = 1;
  measure(row);
  return row;
}

void Graph::add(double factor, const Row& row, Row& to) const {
  if (factor == 0) return;
  add_row(factor, row, inputs(), to.first, to.a);
  to.constant += factor * row.constant;
  to.error += std::abs(factor) * (row.error + relative_ * row.terms);
}

void Graph::add(const std::vector<double>& factors, const std::vector<const Row*>& rows, Row& to) const {
  std::size_t k = 0;
  for (; k + 4 <= rows.size(); k += 4) {
    const double* a = factors.data() + k;
    if (a[0] == 0 && a[1] == 0 && a[2] == 0 && a[3] == 0) continue;
    const double* const x[] = {rows[k]->a.data(), rows[k + 1]->a.data(), rows[k + 2]->a.data(), rows[k + 3]->a.data()};
    add_four_scaled(a, x, rows[k]->a.size(), to.a.data());
  }
  for (std::size_t rest = k; rest < rows.size(); rest++)
    if (factors[rest] != 0) add_scaled(factors[rest], rows[rest]->a.data(), rows[rest]->a.size(), to.a.data());
  for (k = 0; k < rows.size(); k++) {
    to.constant += factors[k] * rows[k]->constant;
    to.error += std::abs(factors[k]) * (rows[k]->error + relative_ * rows[k]->terms);
  }
}

void Graph::add_unit(double factor, std::size_t u, Row& to) const {
  to.a[inputs() + u - to.first] += factor;
  to.error += relative_ * std::abs(factor) * units_[u].range.upper;
}

void Graph::add_constant(double value, Row& to) const {
  to.constant += value;
  to.error += relative_ * std::abs(value);
}

void Graph::measure(Row& row) const {
  double total = std::abs(row.constant);
  for (std::size_t j = 0; j < inputs(); j++) total += std::abs(row.a[j]) * size_[j];
  for (std::size_t k = inputs(); k < row.a.size(); k++)
    total += std::abs(row.a[k]) * units_[row.first + k - inputs()].range.upper;
  row.terms = up_ * total;
  row.error *= up_;
}

Range Graph::interval_bounds(const Row& row) const {
  double lower = row.constant, upper = row.constant;
  for (std::size_t j = 0; j < inputs(); j++) {
    const double low = row.a[j] * lower_[j], high = row.a[j] * upper_[j];
    lower += std::min(low, high);
    upper += std::max(low, high);
  }
  for (std::size_t k = inputs(); k < row.a.size(); k++) {
    const double reach = row.a[k] * units_[row.first + k - inputs()].range.upper;
    (reach > 0 ? upper : lower) += reach;
  }
  const double error = row.error + relative_ * row.terms;
  return {lower - error, upper + error};
}

Graph::Jacobian Graph::jacobian(const Row& row) const {
  const std::size_t n = inputs();
  Jacobian of{row.constant,
              row.error + relative_ * row.terms,
              {row.a.begin(), row.a.begin() + static_cast<Index>(n)},
              std::vector<double>(n)};
  for (std::size_t j = 0; j < n; j++) of.value += row.a[j] * center_[j];
  for (std::size_t k = n; k < row.a.size(); k++) {
    const double a = row.a[k];
    if (a == 0) continue;
    const Unit& unit = units_[row.first + k - n];
    of.value += a * std::max(unit.relu.value, 0.0);
    of.deviation += std::abs(a) * unit.relu.deviation;
    add_scaled(a, unit.relu.slope.data(), n, of.slope.data());
    add_scaled(std::abs(a), unit.relu.radius.data(), n, of.radius.data());
  }
  return of;
}

Range Graph::slope_bounds(const Row& row, const Jacobian& of) const {
  double reach = 0;
  for (std::size_t j = 0; j < inputs(); j++) reach += half_[j] * (std::abs(of.slope[j]) + of.radius[j]);
  // the sums of slopes have terms of at most |a_j| + 2 radius_j
  const double error = up_ * (of.deviation + 4 * relative_ * (reach + row.terms));
  return {of.value - reach - error, of.value + reach + error};
}

double Graph::relaxed(const Row& row, double sign, std::vector<double>& a) const {
  const std::size_t n = inputs();
  a = row.a;
  if (sign < 0)
    for (double& each : a) each = -each;
  double constant = sign * row.constant, error = row.error, terms = row.terms;
  for (std::size_t k = a.size(); k-- > n;) {
    const double slope = a[k];
    if (slope == 0) continue;
    const Unit& unit = units_[row.first + k - n];
    double w = slope * unit.lower_slope;
    if (slope < 0) {
      w = slope * unit.upper_line.slope;
      constant += slope * unit.upper_line.constant;
      terms -= slope * unit.upper_line.constant;
    }
    if (w == 0) continue;
    add_row(w, unit.row, n, row.first, a);
    constant += w * unit.row.constant;
    error += std::abs(w) * unit.row.error;
    terms += std::abs(w) * unit.row.terms;
  }
  for (std::size_t j = 0; j < n; j++) {
    const double least = a[j] * (a[j] > 0 ? lower_[j] : upper_[j]);
    constant += least;
    terms += std::abs(least);
  }
  a.resize(n);
  return constant - up_ * (error + relative_ * terms);
}

double Graph::lower_bound(const Row& row, double sign) const {
  const Range interval = interval_bounds(row), slopes = slope_bounds(row, jacobian(row));
  const Range local = intersection(interval, slopes);
  const double bound = sign > 0 ? local.lower : -local.upper;
  if (method_ == Method::Local) return bound;
  std::vector<double> gradient;
  return std::max(bound, relaxed(row, sign, gradient));
}

Graph::Bounds Graph::bounds(const Row& row) const {
  Bounds found{interval_bounds(row), {}};
  Range& range = found.range;
  if (!range.undecided()) return found;
  found.jacobian = jacobian(row);
  range = intersection(range, slope_bounds(row, found.jacobian));
  if (!range.undecided() || method_ == Method::Local) return found;
  std::vector<double> gradient;
  range.lower = std::max(range.lower, relaxed(row, 1, gradient));
  if (range.undecided()) range.upper = std::min(range.upper, -relaxed(row, -1, gradient));
  return found;
}

std::vector<double> Graph::corner(const Row& row) const {
  std::vector<double> a;
  relaxed(row, 1, a);
  for (std::size_t j = 0; j < a.size(); j++) a[j] = a[j] > 0 ? lower_[j] : a[j] < 0 ? upper_[j] : center_[j];
  return a;
}

std::vector<Range> Graph::slopes(const Row& row) const { return slopes(row, jacobian(row)); }

std::vector<Range> Graph::slopes(const Row& row, const Jacobian& of) const {
  std::vector<Range> ranges;
  for (std::size_t j = 0; j < inputs(); j++) {
    const double terms = std::abs(row.a[j]) + std::abs(of.slope[j]) + of.radius[j];
    const double radius = up_ * (of.radius[j] + 4 * relative_ * terms);
    ranges.push_back({of.slope[j] - radius, of.slope[j] + radius});
  }
  return ranges;
}

std::size_t Graph::open(Row row, Range range, Jacobian of) {
  const auto ranges = slopes(row, of);
  for (std::size_t j = 0; j < inputs(); j++) {
    const double least = std::min(0.0, ranges[j].lower), most = std::max(0.0, ranges[j].upper);
    of.slope[j] = (most + least) / 2;
    of.radius[j] = kUp * (most - least) / 2;
  }
  of.deviation *= up_;
  const double lower_slope = range.upper > -range.lower ? 1 : 0;
  units_.push_back({std::move(row), range, UpperLine(range), lower_slope, std::move(of)});
  return units_.size() - 1;
}

double Graph::sum_at(const Row& row, const std::vector<double>& z) const {
  double sum = row.constant;
  for (std::size_t k = 0; k < row.a.size(); k++) sum += row.a[k] * z[k < inputs() ? k : k + row.first];
  return sum;
}

std::vector<double> Graph::activations(const std::vector<double>& x) const {
  std::vector<double> z = x;
  z.resize(inputs() + units());
  for (std::size_t u = 0; u < units(); u++) {
    z[inputs() + u] = std::max(sum_at(units_[u].row, z), 0.0);
  }
  return z;
}

double Graph::value(const Row& row, const std::vector<double>& x) const { return sum_at(row, activations(x)); }

std::vector<double> Graph::gradient(const Row& row, const std::vector<double>& x) const {
  const auto z = activations(x);
  std::vector<double> a = row.a;
  for (std::size_t k = a.size(); k-- > inputs();) {
    if (a[k] == 0 || z[k + row.first] <= 0) continue;
    add_row(a[k], units_[row.first + k - inputs()].row, inputs(), row.first, a);
  }
  a.resize(inputs());
  return a;
}

}  // namespace psilon::certificates
