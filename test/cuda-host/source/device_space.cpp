#include "device_space.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <iterator>

#include "calls.h"
#include "sanitizer.h"
#include "settings.h"

namespace psilon::cuda_host {

namespace {

/// Of what is given back.
constexpr std::size_t kKeptBytes = 4096;

std::size_t whole_pages(std::size_t bytes) {
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  return (bytes + page - 1) / page * page;
}

/// Closing takes longer than most kernels. What the host touches is the same in every order of threads: one checks it.
bool closes() { return settings().order == Order::Forward; }

}  // namespace

DeviceSpace& device_space() {
  static auto* const only = new DeviceSpace;
  return *only;
}

void DeviceSpace::reserve() {
  // room for what lies idle, and for the rest of pages; takes memory only where it is written
  size_ = whole_pages(4 * settings().memory) + (std::size_t{64} << 20);
  void* space = mmap(nullptr, size_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  require(space != MAP_FAILED, cudaErrorMemoryAllocation);
  begin_ = static_cast<unsigned char*>(space);
}

/// The first piece that has room, and no more pages than are needed: each costs time at every opening.
unsigned char* DeviceSpace::take(std::size_t bytes) {
  const std::size_t size = whole_pages(bytes);
  if (closes()) shrink();
  const auto fits = [size](const auto& piece) { return piece.second >= size; };
  if (const auto found = std::find_if(free_.begin(), free_.end(), fits); found != free_.end()) {
    const auto [memory, room] = *found;
    free_.erase(found);
    if (room > size) free_.emplace(memory + size, room - size);
    return memory;
  }
  if (begin_ == nullptr) reserve();
  require(size <= size_ - used_, cudaErrorMemoryAllocation);
  unsigned char* memory = begin_ + used_;
  if (open_) require(mprotect(memory, size, PROT_READ | PROT_WRITE) == 0, cudaErrorMemoryAllocation);
  used_ += size;
  return memory;
}

void DeviceSpace::shrink() {
  if (free_.empty()) return;
  const auto last = std::prev(free_.end());
  if (last->first + last->second < begin_ + used_) return;
  madvise(last->first, last->second, MADV_DONTNEED);
  if (open_) mprotect(last->first, last->second, PROT_NONE);
  used_ -= last->second;
  free_.erase(last);
}

void DeviceSpace::give_back(unsigned char* memory, std::size_t bytes) {
  const std::size_t size = whole_pages(bytes);
  // the first page stays NaN, and AddressSanitizer forbids them all
  if (size > kKeptBytes) madvise(memory + kKeptBytes, size - kKeptBytes, MADV_DONTNEED);
  forbid_access(memory, bytes);
  const auto piece = free_.emplace(memory, size).first;
  if (const auto next = std::next(piece); next != free_.end() && next->first == memory + size) {
    piece->second += next->second;
    free_.erase(next);
  }
  if (piece == free_.begin()) return;
  if (const auto below = std::prev(piece); below->first + below->second == memory) {
    below->second += piece->second;
    free_.erase(piece);
  }
}

void DeviceSpace::open() {
  if (!open_ && used_ > 0) require(mprotect(begin_, used_, PROT_READ | PROT_WRITE) == 0, cudaErrorMemoryAllocation);
  open_ = true;
}

void DeviceSpace::close() {
  if (!closes()) return;
  if (open_ && used_ > 0) mprotect(begin_, used_, PROT_NONE);
  open_ = false;
}

}  // namespace psilon::cuda_host
