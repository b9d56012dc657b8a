#pragma once

#include <cstddef>

namespace psilon::cuda_host {

/// A stack on which code runs until it switches to another. One host thread at a time may switch.
class Fiber {
 public:
  /// The stack that the host thread has anyway.
  Fiber() = default;
  /// A stack of its own, which grows down to a page that no one may touch. `entry` never returns.
  Fiber(void (*entry)(), std::size_t number);
  ~Fiber();
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;

  /// Leaves this stack; returns when another one switches back.
  void switch_to(Fiber& to);

 private:
  static void begin();
  void arrive();

  void (*entry_)() = nullptr;
  void* memory_ = nullptr;
  void* stack_pointer_ = nullptr;  // while the stack is left
  const void* bottom_ = nullptr;
  std::size_t bytes_ = 0;
  void* fake_stack_ = nullptr;
};

}  // namespace psilon::cuda_host
