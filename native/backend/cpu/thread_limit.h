#pragma once

#include <atomic>
#include <memory>

namespace psilon::cpu {

/// How many threads of a backend may work. It may change at any time: the backend looks at it between operations, in
/// adapt_threads, when it has the memory for more of them. Null: all.
using ThreadLimit = std::shared_ptr<const std::atomic<int>>;

}  // namespace psilon::cpu
