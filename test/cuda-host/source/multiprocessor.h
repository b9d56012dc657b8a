#pragma once

#include <cuda_runtime.h>

#include <cstdint>
#include <deque>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "fiber.h"
#include "guarded.h"

namespace psilon::cuda_host {

struct Kernel {
  std::string operation;
  dim3 grid;
  dim3 block;
  std::size_t shared;
  std::function<void()> body;  // what a thread does
};

/// Runs the blocks of a kernel one after the other, each thread on a fiber. A pass lets every thread that can go on run
/// until it waits or ends; those that meet in a pass go on in the next one.
class Multiprocessor {
 public:
  void run(const Kernel& kernel);

  /// What the threads of the block that runs call.
  void* dynamic_shared() { return shared_.data(); }
  int meet_block(const Meeting& meeting, bool predicate);
  /// `source` is a lane whose bits are returned, or kVote: then bit i tells whether lane i brought any.
  std::uint64_t meet_warp(const Meeting& meeting, std::uint64_t bits, int source);
  void fence();
  /// Of an atomic operation, which is wrong on one side of a barrier while its fences are on the other.
  void count_atomically(const char* operation, const char* file, int line);
  /// Ends the process where the lanes of the warp may be apart: where none of its operations precedes.
  void require_together(const char* operation, const char* file, int line) const;
  int lane() const { return static_cast<int>(number_of(*current_) % 32); }
  [[noreturn]] void fail_here(const std::string& sentence) const;

  static constexpr int kVote = -1;

 private:
  static constexpr unsigned kNever = ~0u;

  /// It begins without a fiber, waits with one until a pass, and ends without one and never to resume.
  struct Thread {
    uint3 index;
    Fiber* fiber;
    unsigned resumes;  // the first pass in which it can go on
    Meeting meeting;   // the last one it came to
    std::uint64_t bits;
    int source;
    std::uint64_t received;
    // since the last barrier of the block, and before it
    bool has_fenced, had_fenced;
    Meeting unfenced;  // an atomic operation behind a fence, before which no barrier may come without another

    bool waits_at(const Meeting& place) const { return resumes == kNever && fiber != nullptr && meeting == place; }
  };

  void prepare(const Kernel& kernel);
  void run_block(unsigned number);
  Thread* next();
  Fiber& fiber_of(Thread* thread);
  void switch_to(Fiber& fiber);
  static void work();
  void wait();

  unsigned number_of(const Thread& thread) const { return static_cast<unsigned>(&thread - threads_.data()); }
  void check_lanes(const Meeting& meeting, int source, unsigned present) const;
  void arrange(std::vector<unsigned>& order);
  std::string where() const;
  /// What every thread of the block does, for when none can go on.
  std::string states() const;

  const Kernel* kernel_ = nullptr;
  bool running_ = false;
  std::vector<unsigned> blocks_;
  std::vector<unsigned> order_;  // of the threads in a pass
  std::mt19937 random_{1};
  std::vector<unsigned char> shared_memory_ = std::vector<unsigned char>(Guarded::footprint(0));
  Guarded shared_{shared_memory_.data(), 0};

  std::vector<Thread> threads_;
  std::size_t alive_ = 0;
  std::size_t at_barrier_ = 0;
  int holds_ = 0;  // threads whose predicate held at the last barrier
  unsigned pass_ = 0;
  std::size_t cursor_ = 0;

  Thread* current_ = nullptr;
  Fiber host_;
  Fiber* fiber_ = &host_;  // that runs
  std::deque<Fiber> fibers_;
  std::vector<Fiber*> idle_;
};

/// The only one.
Multiprocessor& multiprocessor();

}  // namespace psilon::cuda_host
