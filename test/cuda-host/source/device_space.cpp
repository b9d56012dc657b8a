#include "device_space.h"

#include <sys/mman.h>
#include <unistd.h>

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

}  // namespace

DeviceSpace& device_space() {
  static auto* const only = new DeviceSpace;
  return *only;
}

unsigned char* DeviceSpace::take(std::size_t bytes) {
  const std::size_t size = whole_pages(bytes);
  if (const auto found = returned_.find(size); found != returned_.end()) {
    unsigned char* memory = found->second;
    returned_.erase(found);
    return memory;
  }
  if (begin_ == nullptr) {
    // room for what lies idle, and for the rest of pages; takes memory only where it is written
    size_ = whole_pages(4 * settings().memory) + (std::size_t{64} << 20);
    void* space = mmap(nullptr, size_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    require(space != MAP_FAILED, cudaErrorMemoryAllocation);
    begin_ = static_cast<unsigned char*>(space);
  }
  require(size <= size_ - used_, cudaErrorMemoryAllocation);
  close();  // to open the new pages as well
  used_ += size;
  open();
  return begin_ + used_ - size;
}

void DeviceSpace::give_back(unsigned char* memory, std::size_t bytes) {
  const std::size_t size = whole_pages(bytes);
  // each page that takes memory costs time at every opening; the first stays NaN, and AddressSanitizer forbids them all
  if (size > kKeptBytes) madvise(memory + kKeptBytes, size - kKeptBytes, MADV_DONTNEED);
  forbid_access(memory, bytes);
  returned_.emplace(size, memory);
}

void DeviceSpace::open() {
  if (!open_ && used_ > 0) require(mprotect(begin_, used_, PROT_READ | PROT_WRITE) == 0, cudaErrorMemoryAllocation);
  open_ = true;
}

void DeviceSpace::close() {
  if (open_ && used_ > 0) mprotect(begin_, used_, PROT_NONE);
  open_ = false;
}

}  // namespace psilon::cuda_host
