#include "multiprocessor.h"

#include <algorithm>
#include <numeric>

#include "fail.h"
#include "settings.h"

namespace psilon::cuda_host {

Position position;

Multiprocessor& multiprocessor() {
  static auto* const only = new Multiprocessor;  // for ever: a thread may run on it while the process ends
  return *only;
}

void* dynamic_shared() { return multiprocessor().dynamic_shared(); }

void trap(const char* file, int line) {
  multiprocessor().fail_here("__trap (" + std::string(file) + ":" + std::to_string(line) + ")");
}

void Multiprocessor::run(const Kernel& kernel) {
  // static shared memory is that of one block
  if (running_) fail("[" + kernel.operation + "] begins while [" + kernel_->operation + "] runs");
  running_ = true;
  prepare(kernel);
  for (const unsigned number : blocks_) run_block(number);
  running_ = false;
}

void Multiprocessor::prepare(const Kernel& kernel) {
  kernel_ = &kernel;
  position.grid_size = kernel.grid;
  position.block_size = kernel.block;
  blocks_.resize(std::size_t{kernel.grid.x} * kernel.grid.y * kernel.grid.z);
  std::iota(blocks_.begin(), blocks_.end(), 0u);
  arrange(blocks_);
  const auto [width, height, depth] = kernel.block;
  threads_.resize(std::size_t{width} * height * depth);
  for (unsigned t = 0; t < threads_.size(); t++)
    threads_[t].index = {t % width, t / width % height, t / width / height};
  order_.resize(threads_.size());
  std::iota(order_.begin(), order_.end(), 0u);
  arrange(order_);
  if (shared_.size() == kernel.shared) return;
  shared_memory_ = std::vector<unsigned char>(Guarded::footprint(kernel.shared));
  shared_ = Guarded(shared_memory_.data(), kernel.shared);
}

void Multiprocessor::run_block(unsigned number) {
  const auto [width, height, depth] = kernel_->grid;
  position.block = {number % width, number / width % height, number / width / height};
  shared_.poison();
  for (Thread& thread : threads_) {
    thread.fiber = nullptr;
    thread.resumes = 0;
    thread.meeting = thread.unfenced = {};
    thread.has_fenced = thread.had_fenced = false;
  }
  alive_ = threads_.size();
  at_barrier_ = 0;
  for (pass_ = 0; alive_ > 0; pass_++) {
    cursor_ = 0;
    if (pass_ > 0 && settings().order == Order::Shuffled) arrange(order_);
    current_ = next();
    if (current_ == nullptr) fail(where() + " cannot go on: " + states());
    switch_to(fiber_of(current_));
  }
  if (!shared_.intact())
    fail(where() + " wrote beyond its " + std::to_string(shared_.size()) + " bytes of dynamic shared memory");
}

/// Turns a forward order round or mixes any, as the settings say.
void Multiprocessor::arrange(std::vector<unsigned>& order) {
  if (settings().order == Order::Backward) std::reverse(order.begin(), order.end());
  if (settings().order == Order::Shuffled) std::shuffle(order.begin(), order.end(), random_);
}

/// The next thread of the pass, or null at its end.
Multiprocessor::Thread* Multiprocessor::next() {
  while (cursor_ < order_.size()) {
    Thread& thread = threads_[order_[cursor_++]];
    if (thread.resumes <= pass_) return &thread;
  }
  return nullptr;
}

/// Where to switch for a thread to go on or begin; null: for the pass to end.
Fiber& Multiprocessor::fiber_of(Thread* thread) {
  if (thread == nullptr) return host_;
  if (thread->fiber != nullptr) return *thread->fiber;
  if (idle_.empty()) return fibers_.emplace_back(work, fibers_.size());
  Fiber& fiber = *idle_.back();
  idle_.pop_back();
  return fiber;
}

void Multiprocessor::switch_to(Fiber& fiber) {
  Fiber& from = *fiber_;
  fiber_ = &fiber;
  from.switch_to(fiber);
}

/// A fiber runs threads that begin, one after the other as long as none of them waits.
void Multiprocessor::work() {
  Multiprocessor& self = multiprocessor();
  for (;;) {
    Thread& thread = *self.current_;
    thread.fiber = self.fiber_;
    position.thread = thread.index;
    self.kernel_->body();
    thread.fiber = nullptr;
    thread.resumes = kNever;
    self.alive_--;
    self.current_ = self.next();
    if (self.current_ != nullptr && self.current_->fiber == nullptr) continue;
    self.idle_.push_back(self.fiber_);
    self.switch_to(self.fiber_of(self.current_));
  }
}

/// Leaves the thread that runs until a pass comes to it again.
void Multiprocessor::wait() {
  const Thread& self = *current_;
  current_ = next();
  switch_to(fiber_of(current_));
  position.thread = self.index;
}

}  // namespace psilon::cuda_host
