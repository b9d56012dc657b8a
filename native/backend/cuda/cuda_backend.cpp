#include "backend/cuda/cuda_backend.h"

#include <algorithm>

#include "backend/cuda/sizes.h"
#include "support/memory_error.h"

namespace psilon::cuda {

template <typename T>
CudaBackend<T>::CudaBackend(int device, Precision precision)
    : precision_(precision), stream_(device), launcher_(stream_), staging_(stream_), pace_(stream_) {
  check(cudaDeviceGetAttribute(&processors_, cudaDevAttrMultiProcessorCount, device), "call cudaDeviceGetAttribute");
  int major = 0, minor = 0;
  check(cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, device), "call cudaDeviceGetAttribute");
  check(cudaDeviceGetAttribute(&minor, cudaDevAttrComputeCapabilityMinor, device), "call cudaDeviceGetAttribute");
  architecture_ = "sm_" + std::to_string(10 * major + minor);
  reserve_scratch(0, 1);
}

/// Errors of a device that is lost have been told by the operation that found them.
template <typename T>
CudaBackend<T>::~CudaBackend() {
  cudaSetDevice(stream_.device());
  cudaStreamSynchronize(stream_);
}

template <typename T>
void* CudaBackend<T>::allocate(std::size_t bytes) {
  void* memory = nullptr;
  const cudaError_t error = cudaMalloc(&memory, std::max<std::size_t>(bytes, 1));
  if (error == cudaErrorMemoryAllocation) {
    cudaGetLastError();
    throw memory_error(bytes, free_bytes());
  }
  check(error, "call cudaMalloc");
  count_allocation(bytes);
  return memory;
}

template <typename T>
void CudaBackend<T>::release(void* memory, std::size_t bytes) {
  cudaFree(memory);
  count_release(bytes);
}

template <typename T>
void CudaBackend<T>::upload(void* device, const void* host, std::size_t bytes) {
  require_no_collection();
  staging_.upload(device, host, bytes);
}

template <typename T>
void CudaBackend<T>::download(void* host, const void* device, std::size_t bytes) {
  require_no_collection();
  check(cudaMemcpyAsync(host, device, bytes, cudaMemcpyDeviceToHost, stream_), "call cudaMemcpyAsync");
  check(cudaStreamSynchronize(stream_), "call cudaStreamSynchronize");
}

template <typename T>
void CudaBackend<T>::zero(void* memory, std::size_t bytes) {
  require_no_collection();
  check(cudaMemsetAsync(memory, 0, bytes, stream_), "call cudaMemsetAsync");
}

template <typename T>
std::size_t CudaBackend<T>::free_bytes() const {
  std::size_t free = 0, total = 0;
  check(cudaMemGetInfo(&free, &total), "call cudaMemGetInfo");
  return free;
}

template <typename T>
void CudaBackend<T>::reserve(const LayerShape& layer) {
  if (layer.backward) reserve_scratch(layer.matrices * layer.out * layer.in, 1);
}

template <typename T>
Scratch<T> CudaBackend<T>::scratch() const {
  const auto network = static_cast<Index>(launcher_.network());
  return {dw_.data() + network * dw_size_, arrived_.data() + network};
}

template <typename T>
void CudaBackend<T>::reserve_scratch(Index dw_size, Index networks) {
  dw_size = std::max(dw_size, dw_size_);
  networks = std::max(networks, arrived_.size());
  if (dw_size == dw_size_ && networks == arrived_.size()) return;
  dw_size_ = 0;
  dw_ = {};  // before there is more
  arrived_ = {};
  dw_ = Buffer<T>(*this, networks * dw_size);
  arrived_ = Buffer<unsigned>(*this, networks);
  dw_size_ = dw_size;
}

template <typename T>
void CudaBackend<T>::require_no_collection() const {
  if (launcher_.collects()) throw Error("ERR_DEVICE", "only kernels can be repeated");
}

template <typename T>
std::size_t CudaBackend<T>::scratch_bytes(const std::vector<LayerShape>& layers) const {
  return cuda::scratch_bytes(layers, sizeof(T));
}

template <typename T>
void CudaBackend<T>::sparse_forward(const SparseForward<T>&) {
  throw Error("ERR_DEVICE", "a GPU has no sparse_forward");
}

template class CudaBackend<float>;
template class CudaBackend<double>;

}  // namespace psilon::cuda
