#pragma once

#include <cstddef>

namespace psilon::certificates {

/// y_i += sum_k a_ik x_k for each of `rows` vectors y_i of length `count`; a is [rows, terms]. Terms are added in their
/// order, and nothing is fused, so the vectors of the processor do not change the bits.
void add_products(std::size_t rows, std::size_t terms, const double* a, const double* const* x, std::size_t count,
                  double* const* y);

}  // namespace psilon::certificates
