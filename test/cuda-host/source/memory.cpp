#include "memory.h"

#include <iterator>

#include "calls.h"
#include "counts.h"
#include "device_space.h"
#include "fail.h"
#include "settings.h"
#include "streams.h"

namespace psilon::cuda_host {

namespace {

std::size_t rounded(std::size_t bytes) {
  const std::size_t piece = bytes < std::size_t{1} << 20 ? 512 : std::size_t{1} << 21;
  return (bytes + piece - 1) / piece * piece;
}

}  // namespace

void* Pool::allocate(std::size_t bytes) {
  const Guarded block(take_(Guarded::footprint(bytes)), bytes);
  blocks_.emplace(block.data(), block);
  bytes_ += bytes;
  rounded_bytes_ += rounded(bytes);
  return block.data();
}

bool Pool::release(void* data) {
  const auto found = blocks_.find(data);
  if (found == blocks_.end()) return false;
  const Guarded& block = found->second;
  block.poison();
  bytes_ -= block.size();
  rounded_bytes_ -= rounded(block.size());
  give_back_(block.memory(), Guarded::footprint(block.size()));
  blocks_.erase(found);
  return true;
}

const Guarded* Pool::find(const void* byte) const {
  const auto above = blocks_.upper_bound(byte);
  if (above == blocks_.begin()) return nullptr;
  const Guarded& block = std::prev(above)->second;
  return block.contains(byte, 1) ? &block : nullptr;
}

void Pool::check_margins(const std::string& somebody) const {
  for (const auto& [data, block] : blocks_)
    if (!block.intact()) fail(somebody + " wrote beyond " + std::to_string(block.size()) + " bytes of device memory");
}

Pool& device_memory() {
  static auto* const only =
      new Pool([](std::size_t bytes) { return device_space().take(bytes); },
               [](unsigned char* memory, std::size_t bytes) { device_space().give_back(memory, bytes); });
  return *only;
}

Pool& pinned_memory() {
  static auto* const only = new Pool([](std::size_t bytes) { return new unsigned char[bytes]; },
                                     [](unsigned char* memory, std::size_t) { delete[] memory; });
  return *only;
}

namespace {

void allocate(Pool& pool, void** memory, std::size_t bytes) {
  require_undisturbing();
  count(Count::Allocation);
  device_space().open();
  *memory = bytes == 0 ? nullptr : pool.allocate(bytes);
}

void release(Pool& pool, void* memory) {
  require_undisturbing();
  run_everything();
  device_space().open();
  require(memory == nullptr || pool.release(memory), cudaErrorInvalidValue);
}

}  // namespace

}  // namespace psilon::cuda_host

using namespace psilon::cuda_host;

cudaError_t cudaMalloc(void** memory, std::size_t bytes) {
  return call([&] {
    static long allocations = 0;
    require(++allocations != settings().failing_allocation, cudaErrorMemoryAllocation);
    require(bytes <= settings().memory - device_memory().bytes(), cudaErrorMemoryAllocation);
    allocate(device_memory(), memory, bytes);
    count_most(Count::Held, device_memory().blocks());
    count_most(Count::HeldBytes, device_memory().rounded_bytes());
  });
}

cudaError_t cudaFree(void* memory) {
  return call([&] { release(device_memory(), memory); });
}

cudaError_t cudaMallocHost(void** memory, std::size_t bytes) {
  return call([&] { allocate(pinned_memory(), memory, bytes); });
}

cudaError_t cudaFreeHost(void* memory) {
  return call([&] { release(pinned_memory(), memory); });
}

cudaError_t cudaMemGetInfo(std::size_t* available, std::size_t* total) {
  return call([&] {
    *total = settings().memory;
    *available = *total - device_memory().bytes();
  });
}
