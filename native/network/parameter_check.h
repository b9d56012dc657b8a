#pragma once

#include <string>
#include <vector>

#include "network/parameters.h"

namespace psilon {

/// Refuses, with ERR_DATA, values that are not finite, and rows to be normalised that are zero or lose their direction
/// to rounding: their norm, or a value computed from it, would overflow or underflow.  @param entries where the
/// parameters stand, in the order of the layout's entries.
template <typename T>
void check_parameters(const ParameterLayout& layout, const std::vector<const T*>& entries);

/// Refuses, with ERR_NON_FINITE, a result whose numbers overflowed.
template <typename T>
void require_finite(const Model<T>& model);

}  // namespace psilon
