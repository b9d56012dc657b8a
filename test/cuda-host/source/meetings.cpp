/// Threads that meet: the barriers of a block and what the lanes of a warp do together.

#include <algorithm>
#include <array>
#include <bit>
#include <cstdio>
#include <string_view>

#include "fail.h"
#include "multiprocessor.h"

namespace psilon::cuda_host {

namespace {

std::string hex(unsigned mask) {
  std::array<char, 11> text;
  std::snprintf(text.data(), text.size(), "0x%08x", mask);
  return text.data();
}

std::string text_of(const uint3& v) {
  return std::string("(") + std::to_string(v.x) + ", " + std::to_string(v.y) + ", " + std::to_string(v.z) + ")";
}

std::string text_of(const Meeting& meeting) {
  const std::string_view file = meeting.file;
  const std::string mask = meeting.mask == 0 ? "" : ", mask " + hex(meeting.mask);
  return std::string(meeting.operation) + " (" + std::string(file.substr(file.rfind('/') + 1)) + ":" +
         std::to_string(meeting.line) + mask + ")";
}

}  // namespace

void fence() { multiprocessor().fence(); }

void count_atomically(const char* operation, const char* file, int line) {
  multiprocessor().count_atomically(operation, file, line);
}

void require_together(const char* operation, const char* file, int line) {
  multiprocessor().require_together(operation, file, line);
}

int meet_block(const Meeting& meeting, bool predicate) { return multiprocessor().meet_block(meeting, predicate); }

unsigned meet_warp(const Meeting& meeting, bool predicate) {
  return static_cast<unsigned>(multiprocessor().meet_warp(meeting, predicate, Multiprocessor::kVote));
}

std::uint64_t shuffle(const Meeting& meeting, std::uint64_t bits, Shuffle kind, int operand, int width) {
  Multiprocessor& self = multiprocessor();
  if (width < 1 || width > 32 || !std::has_single_bit(static_cast<unsigned>(width)))
    self.fail_here(text_of(meeting) + " has width " + std::to_string(width) + ", expected a power of 2 up to 32");
  if (kind != Shuffle::Index && (operand < 0 || operand > 31))
    self.fail_here(text_of(meeting) + " has operand " + std::to_string(operand) + ", expected 0 to 31");
  const int lane = self.lane(), first = lane & -width, last = first + width - 1;
  int source = first | (operand & (width - 1));
  if (kind == Shuffle::Down) source = lane + operand;
  if (kind == Shuffle::Xor) source = lane ^ operand;
  return self.meet_warp(meeting, bits, source > last ? lane : source);
}

int Multiprocessor::meet_block(const Meeting& meeting, bool predicate) {
  if (current_->unfenced.line != 0)
    fail_here(text_of(current_->unfenced) + " has no fence between it and " + text_of(meeting));
  current_->had_fenced |= current_->has_fenced;
  current_->has_fenced = false;
  current_->meeting = meeting;
  current_->bits = predicate;
  current_->resumes = kNever;
  const auto arrived = [&](const Thread& thread) { return thread.waits_at(meeting); };
  if (++at_barrier_ == threads_.size() && std::all_of(threads_.begin(), threads_.end(), arrived)) {
    at_barrier_ = 0;
    holds_ = 0;
    for (Thread& thread : threads_) {
      holds_ += thread.bits != 0;
      thread.resumes = pass_ + 1;
    }
  }
  wait();
  return holds_;
}

std::uint64_t Multiprocessor::meet_warp(const Meeting& meeting, std::uint64_t bits, int source) {
  const unsigned first = number_of(*current_) / 32 * 32;
  const unsigned count = std::min(32u, static_cast<unsigned>(threads_.size()) - first);
  check_lanes(meeting, source, ~0u >> (32 - count));
  const auto in_mask = [&](unsigned lane) { return (meeting.mask >> lane & 1) != 0; };
  Thread& self = *current_;
  Thread* lanes = &threads_[first];
  self.meeting = meeting;
  self.bits = bits;
  self.source = source;
  self.resumes = kNever;
  bool arrived = true;
  for (unsigned i = count; arrived && i-- > 0;) arrived = !in_mask(i) || lanes[i].waits_at(meeting);
  if (arrived) {
    std::uint64_t votes = 0;
    for (unsigned i = 0; i < count; i++) votes |= std::uint64_t{in_mask(i) && lanes[i].bits != 0} << i;
    for (unsigned i = 0; i < count; i++) {
      if (!in_mask(i)) continue;
      lanes[i].received = lanes[i].source == kVote ? votes : lanes[lanes[i].source].bits;
      lanes[i].resumes = pass_ + 1;
    }
  }
  wait();
  return self.received;
}

void Multiprocessor::fence() {
  current_->has_fenced = true;
  current_->had_fenced = false;
  current_->unfenced = {};
}

void Multiprocessor::count_atomically(const char* operation, const char* file, int line) {
  const Meeting place{operation, file, line};
  if (current_->had_fenced) fail_here(text_of(place) + " is parted by a barrier from the fence before it");
  if (current_->has_fenced) current_->unfenced = place;
}

void Multiprocessor::require_together(const char* operation, const char* file, int line) const {
  if (current_->meeting.mask == 0)
    fail_here(text_of({operation, file, line}) + " follows no operation of the warp, so its lanes may be apart");
}

void Multiprocessor::check_lanes(const Meeting& meeting, int source, unsigned present) const {
  if ((meeting.mask >> lane() & 1) == 0)
    fail_here(text_of(meeting) + " leaves out its own lane " + std::to_string(lane()));
  if ((meeting.mask & ~present) != 0) fail_here(text_of(meeting) + " names lanes of a warp that has " + hex(present));
  if (source != kVote && (meeting.mask >> source & 1) == 0)
    fail_here(text_of(meeting) + " reads lane " + std::to_string(source) + ", which the mask leaves out");
}

std::string Multiprocessor::where() const { return "[" + kernel_->operation + "] block " + text_of(position.block); }

void Multiprocessor::fail_here(const std::string& sentence) const {
  fail(where() + ", thread " + text_of(position.thread) + ": " + sentence);
}

std::string Multiprocessor::states() const {
  struct Group {
    std::string state;
    std::string threads;
  };
  std::vector<Group> groups;
  const auto state = [](const Thread& thread) {
    return thread.fiber == nullptr ? "ended" : "wait at " + text_of(thread.meeting);
  };
  for (std::size_t from = 0, to = 0; from < threads_.size(); from = to) {
    const std::string shared = state(threads_[from]);
    while (to < threads_.size() && state(threads_[to]) == shared) to++;
    auto group = std::find_if(groups.begin(), groups.end(), [&](const Group& g) { return g.state == shared; });
    if (group == groups.end()) group = groups.insert(group, {shared, ""});
    const std::string range = std::to_string(from) + (to - from == 1 ? "" : std::string("-") + std::to_string(to - 1));
    if (group->threads.size() < 40)
      group->threads += (group->threads.empty() ? "" : ", ") + range;
    else if (group->threads.back() != '.')
      group->threads += ", ...";
  }
  std::string text;
  for (const Group& group : groups)
    text += (text.empty() ? "threads " : "; threads ") + group.threads + " " + group.state;
  return text;
}

}  // namespace psilon::cuda_host
