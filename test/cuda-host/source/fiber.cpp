#include "fiber.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

#include "fail.h"
#include "sanitizer.h"
#include "switch_stack.h"

namespace psilon::cuda_host {

namespace {

constexpr std::size_t kStackBytes = (kAddressSanitizer ? 256 : 64) << 10;

Fiber* left = nullptr;
Fiber* entered = nullptr;

std::size_t guard_bytes() { return static_cast<std::size_t>(sysconf(_SC_PAGESIZE)); }

}  // namespace

Fiber::Fiber(void (*entry)(), std::size_t number) : entry_(entry), bytes_(kStackBytes) {
  memory_ = mmap(nullptr, guard_bytes() + bytes_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory_ == MAP_FAILED) fail("no memory for the stack of thread " + std::to_string(number));
  char* bottom = static_cast<char*>(memory_) + guard_bytes();
  if (mprotect(bottom, bytes_, PROT_READ | PROT_WRITE) != 0) fail("mprotect refused a stack");
  bottom_ = bottom;
  const auto frame = first_frame(begin);
  // ends at another offset in its page than its neighbours, so that the first lines of all stacks share the cache
  char* top = bottom + bytes_ - number % 32 * 128 - sizeof frame;
  std::memcpy(top, frame.data(), sizeof frame);
  stack_pointer_ = top;
}

Fiber::~Fiber() {
  if (memory_ != nullptr) munmap(memory_, guard_bytes() + bytes_);
}

void Fiber::switch_to(Fiber& to) {
  left = this;
  entered = &to;
  start_switch(&fake_stack_, to.bottom_, to.bytes_);
  psilon_switch_stack(&stack_pointer_, to.stack_pointer_);
  arrive();
}

void Fiber::begin() {
  entered->arrive();
  entered->entry_();
  std::abort();
}

/// Learns the bounds of the stack that was left, which may be a host thread's.
void Fiber::arrive() { finish_switch(fake_stack_, &left->bottom_, &left->bytes_); }

}  // namespace psilon::cuda_host
