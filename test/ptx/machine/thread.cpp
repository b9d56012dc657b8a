#include "thread.h"

#include <cfenv>
#include <string>

#include "../../cuda-host/source/memory.h"
#include "../../cuda-host/source/multiprocessor.h"

namespace psilon::ptx {

namespace {

/// One operation in another mode of rounding, which the compiler does not move out of it.
template <typename Operation>
f32 rounded(int mode, const Operation& operation) {
  const int before = std::fegetround();
  std::fesetround(mode);
  volatile f32 result = operation();
  std::fesetround(before);
  return result;
}

}  // namespace

f32 fma_rm(f32 a, f32 b, f32 c) {
  volatile f32 x = a;
  return rounded(FE_DOWNWARD, [&] { return std::fma(static_cast<f32>(x), b, c); });
}

f32 add_rz(f32 a, f32 b) {
  volatile f32 x = a;
  return rounded(FE_TOWARDZERO, [&] { return x + b; });
}

/// What was known may have been freed since another kernel ran.
Thread::Thread(const char* source, const unsigned char* argument, u64 argument_bytes, u64 shared_bytes,
               unsigned char* local, u64 local_bytes)
    : file(source),
      argument_(argument),
      shared_(static_cast<unsigned char*>(cuda_host::dynamic_shared())),
      local_(local),
      argument_bytes_(argument_bytes),
      shared_bytes_(shared_bytes),
      local_bytes_(local_bytes) {
  known_first = 1;
  known_last = 0;
}

unsigned char* Thread::find_global(u64 address, u64 bytes, int line) const {
  const cuda_host::Guarded* block = cuda_host::device_memory().find(as_pointer(address));
  if (address % bytes != 0 || block == nullptr || !block->contains(as_pointer(address), bytes))
    refuse("global", address, bytes, line);
  known_first = reinterpret_cast<u64>(block->data());
  known_last = known_first + block->size();
  return as_pointer(address);
}

void Thread::refuse(const char* space, u64 address, u64 bytes, int line) const {
  cuda_host::multiprocessor().fail_here(std::string(file) + ":" + std::to_string(line) + " has no " +
                                        std::to_string(bytes) + " bytes of " + space + " memory, aligned, at " +
                                        std::to_string(address));
}

/// clamp: the last lane of a segment in bits 0-4, which bits of a lane are those of its segment in bits 8-12
Thread::Moved Thread::shuffle_xor(u32 bits, u32 lanes, u32 clamp, u32 mask, int line) const {
  if ((clamp & 31) != 31)
    cuda_host::multiprocessor().fail_here(std::string(file) + ":" + std::to_string(line) + " has a clamp of " +
                                          std::to_string(clamp & 31) + ", expected 31");
  const int width = 32 - static_cast<int>(clamp >> 8 & 31);
  const auto moved = cuda_host::shuffle({"shfl.sync.bfly", file, line, mask}, bits, cuda_host::Shuffle::Xor,
                                        static_cast<int>(lanes & 31), width);
  return {static_cast<u32>(moved), (static_cast<int>(lanes & 31)) < width};
}

}  // namespace psilon::ptx
