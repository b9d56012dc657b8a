#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>

#include "backend/cuda/event.h"
#include "backend/cuda/sizes.h"

namespace psilon::cuda {

/// Copies from the host go through pinned memory, piece by piece, so that neither they nor the stream wait for each
/// other unless the host is all pieces ahead.
class Staging {
 public:
  explicit Staging(cudaStream_t stream) : stream_(stream) {
    check(cudaMallocHost(&memory_, kPieces * kPieceBytes), "call cudaMallocHost");
  }
  ~Staging() { cudaFreeHost(memory_); }
  Staging(const Staging&) = delete;
  Staging& operator=(const Staging&) = delete;

  void upload(void* device, const void* host, std::size_t bytes) {
    for (std::size_t at = 0; at < bytes; at += kPieceBytes) {
      const std::size_t size = std::min(kPieceBytes, bytes - at);
      unsigned char* piece = memory_ + turn_ * kPieceBytes;
      copied_[turn_].wait();
      std::memcpy(piece, static_cast<const unsigned char*>(host) + at, size);
      check(cudaMemcpyAsync(static_cast<unsigned char*>(device) + at, piece, size, cudaMemcpyHostToDevice, stream_),
            "call cudaMemcpyAsync");
      copied_[turn_].record(stream_);
      turn_ = (turn_ + 1) % kPieces;
    }
  }

 private:
  // the pieces are enough for epochs of some dozen networks
  static constexpr std::size_t kPieceBytes = std::size_t{1} << 15, kPieces = kStagingBytes / kPieceBytes;

  cudaStream_t stream_;
  unsigned char* memory_ = nullptr;
  std::array<Event, kPieces> copied_;
  std::size_t turn_ = 0;
};

}  // namespace psilon::cuda
