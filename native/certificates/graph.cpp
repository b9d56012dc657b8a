#include "certificates/graph.h"

#include <algorithm>
#include <cmath>

#include "certificates/add_products.h"
#include "certificates/add_scaled.h"

namespace psilon::certificates {

namespace {

/// a += factor row, where a begins with the inputs and then has the units from `first` on.
void add_row(double factor, const Row& row, std::size_t inputs, std::size_t first, std::span<double> a) {
  if (row.first == first) return add_scaled(factor, row.a.data(), row.a.size(), a.data());
  add_scaled(factor, row.a.data(), inputs, a.data());
  const std::size_t units = row.a.size() - inputs;
  if (units > 0) add_scaled(factor, row.a.data() + inputs, units, a.data() + inputs + (row.first - first));
}

}  // namespace

UpperLine::UpperLine(const Range& z)
    : slope(z.upper / (z.upper - z.lower)),
      constant(kUp * std::max(-slope * z.lower, z.upper - slope * z.upper) + 1e-15 * z.upper) {}

Graph::Graph(const Box& box, Ranges ranges, double relative, Purpose purpose)
    : ranges_(ranges),
      purpose_(purpose),
      relative_(relative),
      up_(1 + 8 * relative_),
      lower_(box.lower),
      upper_(box.upper) {
  for (std::size_t j = 0; j < box.size(); j++) {
    center_.push_back(lower_[j] + (upper_[j] - lower_[j]) / 2);
    half_.push_back(kUp * std::max(upper_[j] - center_[j], center_[j] - lower_[j]));
    size_.push_back(std::max(std::abs(lower_[j]), std::abs(upper_[j])));
  }
}

Row Graph::zero(std::size_t first) const { return {memory_.zeros(inputs() + units() - first), first, 0, 0, 0}; }

std::vector<Row> Graph::zeros(std::size_t count, std::size_t first) const {
  std::vector<Row> rows;
  rows.reserve(count);
  for (std::size_t i = 0; i < count; i++) rows.push_back(zero(first));
  return rows;
}

Row Graph::negative(const Row& row) const {
  Row to{memory_.copy(row.a), row.first, -row.constant, row.error, row.terms};
  for (double& a : to.a) a = -a;
  return to;
}

void Graph::add(double factor, const Row& row, Row& to) const {
  if (factor == 0) return;
  add_row(factor, row, inputs(), to.first, to.a);
  to.constant += factor * row.constant;
  to.error += std::abs(factor) * (row.error + relative_ * row.terms);
}

void Graph::add(const std::vector<double>& factors, const std::vector<const Row*>& rows, std::vector<Row>& to) const {
  add_coefficients(factors, rows, to);
  std::vector<double> constants, errors;
  constants.reserve(rows.size());
  errors.reserve(rows.size());
  for (const Row* row : rows) {
    constants.push_back(row->constant);
    errors.push_back(row->error + relative_ * row->terms);
  }
  for (std::size_t i = 0; i < to.size(); i++) {
    const double* of = factors.data() + i * rows.size();
    double constant = to[i].constant, error = to[i].error;
#pragma omp simd reduction(+ : constant, error)
    for (std::size_t k = 0; k < constants.size(); k++) {
      constant += of[k] * constants[k];
      error += std::abs(of[k]) * errors[k];
    }
    to[i].constant = constant;
    to[i].error = error;
  }
}

void Graph::add_coefficients(const std::vector<double>& factors, const Rows& rows, std::vector<Row>& to) const {
  if (rows.empty() || to.empty()) return;
  const std::size_t n = inputs(), length = rows.front()->a.size(), skipped = rows.front()->first - to.front().first;
  std::vector<const double*> from;
  std::vector<double*> into;
  from.reserve(rows.size());
  into.reserve(to.size());
  for (const Row* row : rows) from.push_back(row->a.data());
  for (Row& row : to) into.push_back(row.a.data());
  const std::size_t together = skipped == 0 ? length : n;
  add_products(to.size(), rows.size(), factors.data(), from.data(), together, into.data());
  if (together == length) return;
  for (const double*& each : from) each += n;
  for (double*& each : into) each += n + skipped;
  add_products(to.size(), rows.size(), factors.data(), from.data(), length - n, into.data());
}

void Graph::add_units(const std::vector<double>& factors, std::size_t u, Row& to) const {
  double* a = to.a.data() + inputs() + u - to.first;
  const double *of = factors.data(), *top = numbers_.top.data() + u;
  double sum = 0;
  for (std::size_t k = 0; k < factors.size(); k++) {
    a[k] += of[k];
    sum += std::abs(of[k]) * top[k];
  }
  to.error += relative_ * sum;
}

void Graph::add_constant(double value, Row& to) const {
  to.constant += value;
  to.error += relative_ * std::abs(value);
}

void Graph::measure(Row& row) const {
  double total = std::abs(row.constant);
  const double *a = row.a.data(), *b = a + inputs(), *size = size_.data(), *top = numbers_.top.data() + row.first;
  const std::size_t n = inputs(), count = row.a.size() - n;
#pragma omp simd reduction(+ : total)
  for (std::size_t j = 0; j < n; j++) total += std::abs(a[j]) * size[j];
#pragma omp simd reduction(+ : total)
  for (std::size_t k = 0; k < count; k++) total += std::abs(b[k]) * top[k];
  row.terms = up_ * total;
  row.error *= up_;
}

std::size_t Graph::open(const Row& row, Range range, Jacobian of) {
  const std::size_t u = units(), length = row.a.size(), needs = row.first + length - inputs();
  if (groups_.empty() || groups_.back().first != row.first || groups_.back().length != length ||
      needs > groups_.back().begin)
    groups_.push_back({u, u, row.first, length});
  groups_.back().end++;
  const UpperLine line(range);
  const double reach = bend(row, line, of);
  numbers_.top.push_back(range.upper);
  numbers_.constant.push_back(row.constant);
  numbers_.error.push_back(row.error);
  numbers_.terms.push_back(row.terms);
  numbers_.upper.push_back(line.slope);
  numbers_.upper_constant.push_back(line.constant);
  numbers_.lower.push_back(range.upper > -range.lower ? 1 : 0);
  numbers_.value.push_back(of.value);
  numbers_.deviation.push_back(of.deviation);
  numbers_.slope_reach.push_back(reach);
  units_.push_back({row, range, of.slope, of.radius});
  return u;
}

double Graph::bend(const Row& row, const UpperLine& line, Jacobian& of) const {
  // with slopes between 0 and its own, or between two parallel lines
  double bent = 0, own = 0, size = 0;
  const auto radius = of.radius;
  for (std::size_t j = 0; j < inputs(); j++) {
    radius[j] = widened(row.a[j], of.slope[j], radius[j]);
    const double slope = std::abs(of.slope[j]);
    bent += half_[j] * std::max(radius[j], (slope + radius[j]) / 2);
    own += half_[j] * radius[j];
    size += half_[j] * slope;
  }
  const double raised = line.constant / 2, value = line.slope * of.value;
  // sums of values and of such slopes may be off by the relative error of theirs
  const double error = 8 * relative_ * (line.slope * size + std::abs(value) + raised);
  const double deviation = up_ * (line.slope * of.deviation + raised + error);
  of.deviation = up_ * (of.deviation + 8 * relative_ * std::abs(of.value));
  if (purpose_ == Purpose::Values && line.slope * own + deviation < bent + of.deviation) {
    for (std::size_t j = 0; j < inputs(); j++) {
      of.slope[j] *= line.slope;
      radius[j] *= kUp * line.slope;
    }
    of.value = value + raised;
    of.deviation = deviation;
    return kUp * line.slope * own;
  }
  for (std::size_t j = 0; j < inputs(); j++) {
    const double least = std::min(0.0, of.slope[j] - radius[j]), most = std::max(0.0, of.slope[j] + radius[j]);
    of.slope[j] = (most + least) / 2;
    radius[j] = kUp * (most - least) / 2;
  }
  of.value = std::max(of.value, 0.0);
  return kUp * bent;
}

double Graph::widened(double a, double slope, double radius) const {
  return up_ * (radius + 4 * relative_ * (std::abs(a) + std::abs(slope) + radius));
}

double Graph::sum_at(const Row& row, const std::vector<double>& z) const {
  double sum = row.constant;
  const double *a = row.a.data(), *b = a + inputs(), *x = z.data(), *y = x + inputs() + row.first;
  const std::size_t n = inputs(), count = row.a.size() - n;
#pragma omp simd reduction(+ : sum)
  for (std::size_t j = 0; j < n; j++) sum += a[j] * x[j];
#pragma omp simd reduction(+ : sum)
  for (std::size_t k = 0; k < count; k++) sum += b[k] * y[k];
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
  std::vector<double> a(row.a.begin(), row.a.end());
  for (std::size_t k = a.size(); k-- > inputs();) {
    if (a[k] == 0 || z[k + row.first] <= 0) continue;
    add_row(a[k], units_[row.first + k - inputs()].row, inputs(), row.first, a);
  }
  a.resize(inputs());
  return a;
}

}  // namespace psilon::certificates
