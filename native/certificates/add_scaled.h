#pragma once

#include <cstddef>

namespace psilon::certificates {

/// y += a x. The vectors of the processor do not change the bits: nothing is summed across them, and nothing is fused.
void add_scaled(double a, const double* x, std::size_t count, double* y);

/// y += a_0 x_0 + a_1 x_1 + a_2 x_2 + a_3 x_3
void add_four_scaled(const double* a, const double* const* x, std::size_t count, double* y);

}  // namespace psilon::certificates
