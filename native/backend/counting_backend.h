#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <utility>
#include <vector>

#include "backend/buffer.h"
#include "backend/cuda/sizes.h"
#include "backend/devices.h"

namespace psilon {

/// A device that computes nothing and has no memory: it counts what is allocated on it. Pointers into it are only known
/// not to be null.
template <typename T>
class CountingBackend final : public Backend<T> {
 public:
  /// Counts memory as such a device takes it. threads: of a CPU, for its scratch memory.
  explicit CountingBackend(DeviceKind kind, int threads = 1) : kind_(kind), threads_(threads) {}

  /// Peak bytes so far, with scratch memory for everything that was reserved.
  std::size_t max_bytes() const {
    return max_bytes_ + (reserved_.empty() ? 0 : taken(networks_ * scratch_bytes(reserved_)));
  }

  void* allocate(std::size_t bytes) override {
    bytes_ += taken(bytes);
    max_bytes_ = std::max(max_bytes_, bytes_);
    constexpr std::uintptr_t kAlignment = 64;
    return reinterpret_cast<void*>(std::exchange(next_, next_ + (bytes + kAlignment) / kAlignment * kAlignment));
  }
  void release(void*, std::size_t bytes) override { bytes_ -= taken(bytes); }
  void upload(void*, const void*, std::size_t) override {}
  void download(void*, const void*, std::size_t) override {}
  void zero(void*, std::size_t) override {}
  bool reads_host_memory() const override { return kind_ == DeviceKind::Cpu; }
  std::chrono::milliseconds download_interval() const override { return {}; }
  std::size_t free_bytes() const override { return std::numeric_limits<std::size_t>::max(); }
  const char* instruction_set() const override { return "none"; }

  void reserve(const LayerShape& layer) override { reserved_.push_back(layer); }
  std::size_t scratch_bytes(const std::vector<LayerShape>& layers) const override {
    return kind_ == DeviceKind::Cuda ? cuda::scratch_bytes(layers, sizeof(T))
                                     : open_cpu<T>(threads_)->scratch_bytes(layers);
  }
  Index batch_gradient_size(const std::vector<LayerShape>& layers) const override {
    return kind_ == DeviceKind::Cuda ? 0 : open_cpu<T>(threads_)->batch_gradient_size(layers);
  }
  std::unique_ptr<Recording> record(const char*, Works works) override {
    networks_ = std::max(networks_, works.size());
    operations_ = 0;
    if (kind_ == DeviceKind::Cuda)
      for (const auto& work : works) work();
    return std::make_unique<Graph>(*this, operations_);
  }
  double sparse_density() const override { return 0; }
  void reserve_sparse(Index) override {}

#define PSILON_COUNT_OPERATION(method, Argument) \
  void method(const Argument&) override { operations_++; }
  PSILON_OPERATIONS(PSILON_COUNT_OPERATION)
#undef PSILON_COUNT_OPERATION

 private:
  class Graph final : public Recording {
   public:
    Graph(CountingBackend& backend, Index operations)
        : memory_(backend, operations * static_cast<Index>(cuda::kGraphBytes)) {}
    bool repeat(Index, const std::function<bool()>&) override { return true; }

   private:
    const Buffer<char> memory_;
  };

  /// Bytes that the device takes for an allocation.
  std::size_t taken(std::size_t bytes) const {
    return kind_ == DeviceKind::Cuda ? cuda::allocation_bytes(bytes) : bytes;
  }

  const DeviceKind kind_;
  const int threads_;
  std::uintptr_t next_ = std::uintptr_t{1} << 20;
  std::size_t bytes_ = 0, max_bytes_ = 0;
  std::vector<LayerShape> reserved_;
  std::size_t networks_ = 1;  // recorded at once, each with its own scratch memory
  Index operations_ = 0;
};

}  // namespace psilon
