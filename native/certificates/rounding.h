#pragma once

#include <limits>

/// Bounds of rounding errors (Higham 2002, Accuracy and Stability of Numerical Algorithms, section 3.1).
namespace psilon::certificates {

inline constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// gamma_n = n u / (1 - n u): the relative error of a sum of products, in terms of its absolute terms, none of which
/// takes part in more than n operations; in any order, with or without fused multiply-adds. Infinite where it says
/// nothing.
template <typename T>
double gamma(double n) {
  const double share = n * static_cast<double>(std::numeric_limits<T>::epsilon()) / 2;
  return share < 0.25 ? share / (1 - share) : kInfinity;
}

/// A factor that covers the rounding of a handful of operations in double precision.
inline constexpr double kUp = 1 + 1e-14;

}  // namespace psilon::certificates
