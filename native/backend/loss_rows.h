#pragma once

#include <cmath>

#include "backend/host_and_device.h"
#include "backend/losses.h"

/// The loss of one row (method, section 6), on every device: the sum over its targets y, and, unless df is null,
/// df = scale * d loss / d f of their mean. f, df [outputs]. Sums are double: in float a square could overflow.
namespace psilon::inline PSILON_FORMULAS {

template <typename T>
PSILON_HOST_AND_DEVICE double mse_row(const T* f, const T* y, Index outputs, T scale, T* df) {
  double total = 0;
  for (Index j = 0; j < outputs; j++) {
    const T error = f[j] - y[j];
    total += static_cast<double>(error) * static_cast<double>(error);
    if (df != nullptr) df[j] = 2 * scale / static_cast<T>(outputs) * error;
  }
  return total;
}

/// Half the square of errors up to 1, then linear.
template <typename T>
PSILON_HOST_AND_DEVICE double huber_row(const T* f, const T* y, Index outputs, T scale, T* df) {
  double total = 0;
  for (Index j = 0; j < outputs; j++) {
    const T error = f[j] - y[j];
    const double size = std::abs(static_cast<double>(error));
    total += size > 1 ? size - 0.5 : size * size / 2;
    const T slope = error > 1 ? T(1) : error < -1 ? T(-1) : error;  // NaN stays NaN
    if (df != nullptr) df[j] = scale / static_cast<T>(outputs) * slope;
  }
  return total;
}

template <typename T>
PSILON_HOST_AND_DEVICE double bce_row(const T* f, const T* y, Index outputs, T scale, T* df) {
  double total = 0;
  for (Index j = 0; j < outputs; j++) {
    const T tail = std::exp(-std::abs(f[j]));
    const T positive = f[j] < 0 ? T(0) : f[j];  // NaN stays NaN
    total += static_cast<double>(positive - f[j] * y[j] + std::log1p(tail));
    const T sigmoid = (f[j] >= 0 ? T(1) : tail) / (1 + tail);
    if (df != nullptr) df[j] = scale / static_cast<T>(outputs) * (sigmoid - y[j]);
  }
  return total;
}

template <typename T>
PSILON_HOST_AND_DEVICE double softmax_row(const T* f, const T* y, Index outputs, T scale, T* df) {
  const Index label = static_cast<Index>(*y);
  T largest = f[0];
  for (Index j = 1; j < outputs; j++) largest = largest < f[j] ? f[j] : largest;
  T total = 0;
  for (Index j = 0; j < outputs; j++) total += std::exp(f[j] - largest);
  if (df != nullptr)
    for (Index j = 0; j < outputs; j++) df[j] = scale * (std::exp(f[j] - largest) / total - (j == label ? T(1) : T(0)));
  return static_cast<double>(std::log(total) - (f[label] - largest));
}

/// NaN for an unknown loss, which ends a fit.
template <typename T>
PSILON_HOST_AND_DEVICE double loss_row(Loss loss, const T* f, const T* y, Index outputs, T scale, T* df) {
  switch (loss) {
    case Loss::Mse:
      return mse_row(f, y, outputs, scale, df);
    case Loss::Huber:
      return huber_row(f, y, outputs, scale, df);
    case Loss::Bce:
      return bce_row(f, y, outputs, scale, df);
    case Loss::Softmax:
      return softmax_row(f, y, outputs, scale, df);
  }
  return NAN;
}

}  // namespace psilon::inline PSILON_FORMULAS
