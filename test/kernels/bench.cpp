#include "bench.h"

#include <cmath>
#include <cstdio>
#include <limits>

namespace psilon::kernels {

std::string text_of(double x) {
  char text[32];
  std::snprintf(text, sizeof text, "%.9g", x);
  return text;
}

namespace {

double error_of(double found, double expected, bool exact_zeros) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  if (std::isnan(expected)) return std::isnan(found) ? 0 : infinity;
  if (found == expected) return 0;
  if (exact_zeros && expected == 0) return infinity;
  const double error = std::abs(found - expected);
  return std::isnan(error) ? infinity : error;
}

/// Where and how far `found` is from `expected`, or "".
std::string difference(const Output& found, const Output& expected) {
  double largest = 1;
  for (const double x : expected.values)
    if (std::isfinite(x)) largest = std::max(largest, std::abs(x));
  const double allowed = found.tolerance * largest;
  std::size_t count = 0, worst = 0;
  double greatest = 0;
  for (std::size_t i = 0; i < expected.values.size(); i++) {
    const double error = error_of(found.values[i], expected.values[i], expected.exact_zeros);
    if (error > allowed) count++;
    if (error <= greatest) continue;
    greatest = error;
    worst = i;
  }
  if (count == 0) return "";
  return expected.name + std::string(" is wrong in ") + std::to_string(count) + " of " +
         std::to_string(expected.values.size()) + ", most at " + std::to_string(worst) + ": " +
         text_of(found.values[worst]) + " instead of " + text_of(expected.values[worst]) + ", error " +
         text_of(greatest) + ", allowed " + text_of(allowed);
}

}  // namespace

template <typename T>
Values Bench<T>::draw(Index count, double deviation) {
  Values values(static_cast<std::size_t>(count));
  for (double& x : values) x = random.below(10) == 0 ? 0 : round(deviation * random.normal());
  return values;
}

template <typename T>
void Bench<T>::thin(Values& values) {
  for (double& x : values)
    if (random.below(5) < 3) x = 0;
}

template <typename T>
Layer Bench<T>::draw_layer(int count, Index rows, Index cols, double norm) {
  const double size = norm / static_cast<double>(cols);
  Layer layer{count, rows, cols, {draw(rows * cols, size), {}}};
  if (count == 2) layer.v[1] = draw(rows * cols, size);
  for (std::size_t k = 0; k < layer.v[1].size(); k++)
    if (random.below(8) == 0) layer.v[1][k] = random.below(2) == 0 ? layer.v[0][k] : -layer.v[0][k];
  for (Index i = 0; i < rows; i++) {
    double& entry = layer.v[0][static_cast<std::size_t>(i * cols + i % cols)];
    if (std::abs(entry) < size) entry = round(entry < 0 ? -size : size);
  }
  return layer;
}

template <typename T>
std::string Bench<T>::differences(const std::vector<Output>& expected, const std::vector<Output>& found) {
  std::string all;
  for (std::size_t k = 0; k < expected.size(); k++) {
    const std::string one = difference(found[k], expected[k]);
    if (!one.empty()) all += (all.empty() ? "" : "; ") + one;
  }
  return all;
}

template <typename T>
std::string Bench<T>::changes(const std::vector<Output>& first, const std::vector<Output>& found) {
  for (std::size_t k = 0; k < first.size(); k++) {
    if (first[k].bits == found[k].bits) continue;
    std::size_t at = 0;
    while (at + 1 < first[k].values.size() && first[k].values[at] == found[k].values[at]) at++;
    return first[k].name + std::string(" has other bits than in the first run, from ") + std::to_string(at);
  }
  return "";
}

template <typename T>
bool Bench<T>::run(std::initializer_list<void (*)(Bench&)> all) {
  for (const auto check : all) check(*this);
  std::printf("%s %s: %d checks, %d failed\n", subject_.name.c_str(), name_of(kDtypeOf<T>), checks_, failures_);
  std::fflush(stdout);
  return checks_ > 0 && failures_ == 0;
}

template <typename T>
void Bench<T>::fail(const std::string& message) {
  failures_++;
  std::printf("FAIL %s\n", message.c_str());
}

template class Bench<float>;
template class Bench<double>;

}  // namespace psilon::kernels
