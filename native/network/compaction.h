#pragma once

#include "network/parameters.h"

namespace psilon {

/// The same function, to rounding, without the units and blocks that have no effect (method, section 14).
template <typename T>
Model<T> compact(const Model<T>& model);

}  // namespace psilon
