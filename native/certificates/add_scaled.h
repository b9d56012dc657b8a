#pragma once

#include <cstddef>

namespace psilon::certificates {

/// y += a x. The vectors of the processor do not change the bits: nothing is summed across them, and nothing is fused.
void add_scaled(double a, const double* x, std::size_t count, double* y);

}  // namespace psilon::certificates
