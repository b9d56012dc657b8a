#pragma once

#include <atomic>
#include <memory>

namespace psilon::cpu {

/// How many threads of a pool may work; read at the beginning of each task, so it may change at any time. Null: all.
using ThreadLimit = std::shared_ptr<const std::atomic<int>>;

}  // namespace psilon::cpu
