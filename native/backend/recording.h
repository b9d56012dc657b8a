#pragma once

#include <functional>
#include <vector>

#include "support/view.h"

namespace psilon {

using Works = std::vector<std::function<void()>>;

/// Work that a device does again and again. It must not outlive its backend.
class Recording {
 public:
  virtual ~Recording() = default;

  /// Does it `count` times while `go_on`, which is asked between repetitions some hundredths of a second apart, says
  /// so; on a CPU before each. Returns false where it was told to stop. The last repetitions may still be under way.
  virtual bool repeat(Index count, const std::function<bool()>& go_on) = 0;
  void once() {
    repeat(1, [] { return true; });
  }
};

}  // namespace psilon
