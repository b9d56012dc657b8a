#pragma once

#include <cuda_runtime.h>

#include <optional>
#include <string>
#include <vector>

#include "backend/backend.h"
#include "backend/cuda/block.h"
#include "backend/cuda/gemm.h"
#include "backend/cuda/launch.h"
#include "backend/cuda/pace.h"
#include "backend/cuda/staging.h"

namespace psilon::cuda {

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
  void release(void* memory) override;
  void upload(void* device, const void* host, std::size_t bytes) override;
  void download(void* host, const void* device, std::size_t bytes) override;
  void zero(void* memory, std::size_t bytes) override;
  bool reads_host_memory() const override { return false; }
  std::chrono::milliseconds download_interval() const override { return std::chrono::milliseconds(100); }
  std::size_t free_bytes() const override;
  const char* instruction_set() const override { return architecture_.c_str(); }

  void reserve(const LayerShape&) override;
  std::size_t scratch_bytes(const std::vector<LayerShape>&) const override;
  std::unique_ptr<Recording> record(const char* operation, std::function<void()> work) override;

  void linear_forward(const LinearForward<T>&) override;
  void linear_backward_input(const LinearBackwardInput<T>&) override;
  void weights_backward(const WeightsBackward<T>&) override;
  void layer_backward(const LinearBackwardInput<T>&, const WeightsBackward<T>&) override;
  /// Weights of any density are dense here.
  double sparse_density() const override { return 0; }
  void reserve_sparse(Index) override {}
  void sparse_forward(const SparseForward<T>&) override;
  void row_scales(const RowScales<T>& op) override { row_scales_of({&op, 1}); }
  void row_scales_of(std::span<const RowScales<T>>) override;
  void scale_rows(const ScaleRows<T>&) override;
  void thresholds(const Thresholds<T>&) override;
  void blend(const Blend<T>&) override;
  void path_product(const PathProduct<T>&) override;
  void path_norm_closed(const PathNormClosed<T>&) override;
  void loss_gradient(const LossGradient<T>&) override;
  void adam(const Adam<T>&) override;
  void gather_rows(const GatherRows<T>&) override;
  void row_sparsity(const RowSparsity<T>&) override;
  void squared_norm(const Weights<T>&, double* row_sums, double* value) override;
  void sum(const T* x, Index count, double* value) override;
  void sum_rows(const double* x, Index count, double* value) override;
  void next_step(const NextStep&) override;
  void add_share(const AddShare&) override;
  void append_figures(const AppendFigures&) override;
  void keep(const Keep<T>&) override;

 private:
  /// A block of kRowThreads for each of `rows`.
  Launch by_rows(Index rows) const { return {dim3(static_cast<unsigned>(rows)), dim3(kRowThreads), 0, stream_}; }
  /// A thread for each of `count` elements.
  Launch by_elements(Index count) const {
    constexpr Index kThreads = 256;
    return {dim3(static_cast<unsigned>((count + kThreads - 1) / kThreads)), dim3(kThreads), 0, stream_};
  }

  /// From dW to dv.
  void finish(const WeightsBackward<T>&);
  Multiplication multiplication() const { return {precision_, processors_, stream_}; }

  int device_;
  Precision precision_;
  int processors_ = 0;
  std::string architecture_;
  cudaStream_t stream_ = nullptr;
  std::optional<Staging> staging_;
  std::optional<Pace> pace_;
  T* dw_ = nullptr;  // of the largest layer
  Index dw_size_ = 0;
  unsigned* arrived_ = nullptr;  // blocks of a kernel, for last_block
};

/// The element of a launch by_elements that is this thread's.
__device__ inline Index own_element() { return static_cast<Index>(blockIdx.x) * blockDim.x + threadIdx.x; }

}  // namespace psilon::cuda
