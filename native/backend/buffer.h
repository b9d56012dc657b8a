#pragma once

#include <algorithm>
#include <span>
#include <utility>

#include "backend/backend.h"
#include "support/memory_count.h"

namespace psilon {

/// Owned memory on a device, zeros at first.
template <typename T>
class Buffer {
 public:
  Buffer() = default;
  Buffer(Device& device, Index count) : device_(&device), count_(count) {
    data_ = static_cast<T*>(device.allocate(bytes()));
    device.zero(data_, bytes());
  }
  Buffer(Device& device, std::span<const T> host) : Buffer(device, static_cast<Index>(host.size())) { upload(host); }
  Buffer(Buffer&& other) noexcept { swap(other); }
  Buffer& operator=(Buffer&& other) noexcept {
    swap(other);
    return *this;
  }
  ~Buffer() {
    if (data_ != nullptr) device_->release(data_, bytes());
  }

  T* data() const { return data_; }
  Index size() const { return count_; }
  std::span<T> values() const { return {data_, static_cast<std::size_t>(count_)}; }
  std::size_t bytes() const { return static_cast<std::size_t>(count_) * sizeof(T); }

  void upload(std::span<const T> host) {
    if (!host.empty()) device_->upload(data_, host.data(), host.size() * sizeof(T));
  }
  /// Sets every value.
  void fill(T value) {
    constexpr Index kPiece = 1024;
    T piece[kPiece];
    std::fill_n(piece, kPiece, value);
    for (Index at = 0; at < count_; at += kPiece)
      device_->upload(data_ + at, piece, static_cast<std::size_t>(std::min(kPiece, count_ - at)) * sizeof(T));
  }
  HostVector<T> download() const {
    HostVector<T> host(static_cast<std::size_t>(count_));
    if (!host.empty()) device_->download(host.data(), data_, bytes());
    return host;
  }
  /// The first value.
  T value() const {
    T host;
    device_->download(&host, data_, sizeof(T));
    return host;
  }

 private:
  void swap(Buffer& other) {
    std::swap(device_, other.device_);
    std::swap(data_, other.data_);
    std::swap(count_, other.count_);
  }

  Device* device_ = nullptr;
  T* data_ = nullptr;
  Index count_ = 0;
};

/// Host values as a device reads them: directly if it can, else a copy. They must outlive this.
template <typename T>
class HostValues {
 public:
  HostValues(Device& device, std::span<const T> host)
      : copy_(device.reads_host_memory() ? Buffer<T>() : Buffer<T>(device, host)),
        data_(device.reads_host_memory() ? host.data() : copy_.data()),
        count_(static_cast<Index>(host.size())) {}

  const T* data() const { return data_; }
  Index size() const { return count_; }
  /// Call after the host values have changed.
  void refresh(std::span<const T> host) {
    if (copy_.size() > 0) copy_.upload(host);
  }

 private:
  Buffer<T> copy_;
  const T* data_;
  Index count_;
};

}  // namespace psilon
