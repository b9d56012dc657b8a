#include <cstring>
#include <memory>
#include <utility>
#include <vector>

#include "calls.h"
#include "counts.h"
#include "memory.h"
#include "streams.h"

namespace psilon::cuda_host {

namespace {

bool on_device(const void* byte) { return device_memory().find(byte) != nullptr; }
bool pageable(const void* byte) { return !on_device(byte) && pinned_memory().find(byte) == nullptr; }

/// Whether the range ends within what was allocated; nothing is known of pageable memory.
bool fits(const void* from, std::size_t bytes) {
  const Guarded* block = on_device(from) ? device_memory().find(from) : pinned_memory().find(from);
  return block == nullptr || block->contains(from, bytes);
}

bool is_copy(const void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind) {
  const bool to_device = kind == cudaMemcpyHostToDevice || kind == cudaMemcpyDeviceToDevice;
  const bool from_device = kind == cudaMemcpyDeviceToHost || kind == cudaMemcpyDeviceToDevice;
  if (kind != cudaMemcpyDefault && (on_device(to) != to_device || on_device(from) != from_device)) return false;
  return fits(to, bytes) && fits(from, bytes);
}

/// Pageable memory has been read, or written, when the call returns; pinned memory only when the stream has come to it.
/// A graph reads and writes both when it runs.
void copy(void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind, cudaStream_t stream) {
  if (bytes == 0) return;
  require(is_copy(to, from, bytes, kind), cudaErrorInvalidValue);
  count(on_device(to) ? Count::Upload : Count::Download);
  const bool captures = stream != nullptr && stream->capture;
  Work work{[=] { std::memmove(to, from, bytes); }};
  if (!captures && pageable(from)) {
    const auto* first = static_cast<const char*>(from);
    work.run = [to, staged = std::make_shared<const std::vector<char>>(first, first + bytes)] {
      std::memcpy(to, staged->data(), staged->size());
    };
  }
  submit(stream, std::move(work));
  if (!captures && stream != nullptr && pageable(to)) stream->run_all();
}

void fill(void* memory, int value, std::size_t bytes, cudaStream_t stream) {
  if (bytes == 0) return;
  require(on_device(memory) && fits(memory, bytes), cudaErrorInvalidValue);
  submit(stream, {[=] { std::memset(memory, value, bytes); }});
}

}  // namespace

}  // namespace psilon::cuda_host

using namespace psilon::cuda_host;

cudaError_t cudaMemcpy(void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind) {
  return call([&] {
    require_undisturbing();
    copy(to, from, bytes, kind, nullptr);
  });
}

cudaError_t cudaMemcpyAsync(void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind, cudaStream_t stream) {
  return call([&] { copy(to, from, bytes, kind, stream); });
}

cudaError_t cudaMemset(void* memory, int value, std::size_t bytes) {
  return call([&] {
    require_undisturbing();
    fill(memory, value, bytes, nullptr);
  });
}

cudaError_t cudaMemsetAsync(void* memory, int value, std::size_t bytes, cudaStream_t stream) {
  return call([&] { fill(memory, value, bytes, stream); });
}
