#pragma once

#include "backend/buffer.h"
#include "training/schedules.h"

namespace psilon {

/// Adam's moments and its count of steps (method, section 9).
template <typename T>
class AdamState {
 public:
  AdamState(Backend<T>& backend, Index count)
      : backend_(backend), m_(backend, count), u_(backend, count), finite_(backend, 1) {}

  /// Returns whether every parameter and moment is still finite.
  bool step(const T* gradient, T* parameters, Rate rate);

 private:
  Backend<T>& backend_;
  Buffer<T> m_, u_;
  Buffer<bool> finite_;
  Index steps_ = 0;
};

}  // namespace psilon
