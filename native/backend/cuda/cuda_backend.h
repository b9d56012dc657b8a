#pragma once

#include <cuda_runtime.h>

#include <string>
#include <vector>

#include "backend/buffer.h"
#include "backend/cuda/multiplication.h"
#include "backend/cuda/pace.h"
#include "backend/cuda/staging.h"
#include "backend/cuda/stream.h"

namespace psilon::cuda {

/// Scratch memory of one network.
template <typename T>
struct Scratch {
  T* dw;              // of the largest layer
  unsigned* arrived;  // blocks of a kernel, for last_block
};

/// The operations on a GPU, one after the other on a stream of its own; each file of this folder holds those of its
/// name.
template <typename T>
class CudaBackend final : public Backend<T> {
 public:
  CudaBackend(int device, Precision precision);
  ~CudaBackend() override;
  CudaBackend(const CudaBackend&) = delete;
  CudaBackend& operator=(const CudaBackend&) = delete;

  void* allocate(std::size_t bytes) override;
  void release(void* memory, std::size_t bytes) override;
  void upload(void* device, const void* host, std::size_t bytes) override;
  void download(void* host, const void* device, std::size_t bytes) override;
  void zero(void* memory, std::size_t bytes) override;
  bool reads_host_memory() const override { return false; }
  std::chrono::milliseconds download_interval() const override { return std::chrono::milliseconds(100); }
  std::size_t free_bytes() const override;
  const char* instruction_set() const override { return architecture_.c_str(); }

  void reserve(const LayerShape&) override;
  std::size_t scratch_bytes(const std::vector<LayerShape>&) const override;
  std::unique_ptr<Recording> record(const char* operation, Works works) override;

  /// Weights of any density are dense here.
  double sparse_density() const override { return 0; }
  void reserve_sparse(Index) override {}
  PSILON_OPERATIONS(PSILON_OVERRIDE_OPERATION)
  void layer_backward(const LinearBackwardInput<T>&, const WeightsBackward<T>&) override;
  void row_scales_of(std::span<const RowScales<T>>) override;

 private:
  template <typename Body>
  void launch(const char* kernel, const Shape& shape, const Body& body) const {
    launcher_.launch(kernel, shape, body);
  }
  Multiplication multiplication() const { return {precision_, static_cast<unsigned>(processors_), launcher_}; }
  /// That of the network which operations are for.
  Scratch<T> scratch() const;
  void reserve_scratch(Index dw_size, Index networks);
  /// Throws where kernels are collected, which this would come before.
  void require_no_collection() const;

  Precision precision_;
  int processors_ = 0;
  std::string architecture_;
  Stream stream_;
  Launcher launcher_;
  Staging staging_;
  Pace pace_;
  // scratch memory of each network
  Index dw_size_ = 0;
  Buffer<T> dw_;
  Buffer<unsigned> arrived_;
};

}  // namespace psilon::cuda
