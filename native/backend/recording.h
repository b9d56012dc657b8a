#pragma once

#include <functional>
#include <vector>

#include "support/view.h"

namespace psilon {

using Works = std::vector<std::function<void()>>;

/// Work that a device repeats. It must not outlive its backend.
class Recording {
 public:
  virtual ~Recording() = default;

  /// Does it `count` times while `go_on` returns true, which is called between repetitions some hundredths of a second
  /// apart, on a CPU before each. Returns false if it was stopped. The last repetitions may still be running.
  virtual bool repeat(Index count, const std::function<bool()>& go_on) = 0;
  void once() {
    repeat(1, [] { return true; });
  }
};

}  // namespace psilon
