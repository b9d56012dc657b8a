#include "network/parameter_check.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>

#include "support/dtype.h"
#include "support/error.h"

namespace psilon {

namespace {

/// Binary exponents within which neither a norm nor values computed from it overflow or underflow.
template <typename T>
constexpr int kExponents = sizeof(T) == 4 ? 120 : 1000;

template <typename T>
bool all_finite(const T* values, Index count) {
  bool finite = true;
  for (Index i = 0; i < count; i++) finite &= std::abs(values[i]) <= std::numeric_limits<T>::max();
  return finite;
}

template <typename T>
std::string text(T value) {
  if (std::isnan(value)) return "NaN";
  return value > 0 ? "Infinity" : "-Infinity";
}

std::string figure(double value) {
  if (std::isinf(value)) return "Infinity";
  char digits[32];
  std::snprintf(digits, sizeof digits, "%.2e", value);
  return digits;
}

/// Norm of max_s |v_s| scale, times 1 / scale.
template <typename T>
double envelope_norm(const std::vector<const T*>& rows, Index cols, bool l2, double scale) {
  double total = 0;
  for (Index j = 0; j < cols; j++) {
    double largest = 0;
    for (const T* row : rows) largest = std::max(largest, std::abs(static_cast<double>(row[j])));
    largest *= scale;
    total += l2 ? largest * largest : largest;
  }
  return (l2 ? std::sqrt(total) : total) / scale;
}

/// The same without intermediate overflow; infinity if it exceeds a double.
template <typename T>
double scaled_norm(const std::vector<const T*>& rows, Index cols, bool l2) {
  double largest = 0;
  for (const T* row : rows)
    for (Index j = 0; j < cols; j++) largest = std::max(largest, std::abs(static_cast<double>(row[j])));
  if (largest == 0) return 0;
  int exponent;
  std::frexp(largest, &exponent);
  return envelope_norm(rows, cols, l2, std::ldexp(1.0, std::clamp(-exponent, -1022, 1022)));
}

template <typename T>
void check_rows(const Layer& layer, int k, const T* const* matrices) {
  const bool l2 = layer.normalization == Normalization::L2;
  const double max = std::ldexp(1.0, l2 ? kExponents<T> / 2 : kExponents<T>);
  const auto allowed = [&](double norm) { return norm >= 1 / max && norm <= max; };
  std::vector<const T*> rows(static_cast<std::size_t>(layer.matrices));
  for (Index i = 0; i < layer.out; i++) {
    for (std::size_t s = 0; s < rows.size(); s++) rows[s] = matrices[s] + i * layer.in;
    if (allowed(envelope_norm(rows, layer.in, l2, 1))) continue;
    const double norm = scaled_norm(rows, layer.in, l2);
    if (allowed(norm)) continue;
    const std::string row = "row " + std::to_string(i) + " of the weights of layer " + std::to_string(k);
    if (norm == 0) throw Error("ERR_DATA", row + " is all zero, it cannot be normalised");
    throw Error("ERR_DATA", row + " has the " + name_of(layer.normalization) + " norm " + figure(norm) + ", expected " +
                                figure(1 / max) + " to " + figure(max) + " in " + name_of(kDtypeOf<T>));
  }
}

}  // namespace

template <typename T>
void check_parameters(const ParameterLayout& layout, const std::vector<const T*>& entries) {
  for (std::size_t e = 0; e < entries.size(); e++) {
    const auto& entry = layout.entries()[e];
    if (all_finite(entries[e], entry.size())) continue;
    const T* at = std::find_if(entries[e], entries[e] + entry.size(), [](T value) { return !std::isfinite(value); });
    throw Error("ERR_DATA", "parameter \"" + entry.name + "\" has " + text(*at) + " at " +
                                std::to_string(at - entries[e]) + ", expected finite " + name_of(kDtypeOf<T>) +
                                " numbers");
  }
  const T* const* next = entries.data();
  for (int k = 0; k <= layout.depth(); k++) {
    const Layer& layer = layout.layers()[static_cast<std::size_t>(k)];
    if (layer.normalized()) check_rows(layer, k, next);
    next += layer.matrices + (layer.normalized() ? 2 : 1);
  }
}

template <typename T>
void require_finite(const Model<T>& model) {
  if (all_finite(model.values.data(), static_cast<Index>(model.values.size()))) return;
  throw Error("ERR_NON_FINITE", "a parameter would not be finite; a number overflowed during the computation");
}

template void check_parameters(const ParameterLayout&, const std::vector<const float*>&);
template void check_parameters(const ParameterLayout&, const std::vector<const double*>&);
template void require_finite(const Model<float>&);
template void require_finite(const Model<double>&);

}  // namespace psilon
