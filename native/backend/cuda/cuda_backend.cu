#include "backend/cuda/cuda_backend.h"

#include <algorithm>
#include <utility>

namespace psilon::cuda {

template <typename T>
CudaBackend<T>::CudaBackend(int device, Precision precision) : device_(device), precision_(precision) {
  check(cudaSetDevice(device), "cuda");
  check(cudaDeviceGetAttribute(&processors_, cudaDevAttrMultiProcessorCount, device), "cuda");
  int major = 0, minor = 0;
  check(cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, device), "cuda");
  check(cudaDeviceGetAttribute(&minor, cudaDevAttrComputeCapabilityMinor, device), "cuda");
  architecture_ = "sm_" + std::to_string(10 * major + minor);
  check(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking), "cuda");
  launcher_.emplace(stream_);
  staging_.emplace(stream_);
  pace_.emplace(stream_);
  reserve_scratch(0, 1);
}

/// Errors of a device that is lost have been told by the operation that found them.
template <typename T>
CudaBackend<T>::~CudaBackend() {
  cudaSetDevice(device_);
  cudaStreamSynchronize(stream_);
  staging_.reset();
  pace_.reset();
  free_scratch();
  cudaStreamDestroy(stream_);
}

template <typename T>
void* CudaBackend<T>::allocate(std::size_t bytes) {
  void* memory = nullptr;
  check(cudaMalloc(&memory, std::max<std::size_t>(bytes, 1)), "allocate");
  return memory;
}

template <typename T>
void CudaBackend<T>::release(void* memory) {
  cudaFree(memory);
}

template <typename T>
void CudaBackend<T>::upload(void* device, const void* host, std::size_t bytes) {
  require_no_collection("upload");
  staging_->upload(device, host, bytes);
}

template <typename T>
void CudaBackend<T>::download(void* host, const void* device, std::size_t bytes) {
  require_no_collection("download");
  check(cudaMemcpyAsync(host, device, bytes, cudaMemcpyDeviceToHost, stream_), "download");
  check(cudaStreamSynchronize(stream_), "download");
}

template <typename T>
void CudaBackend<T>::zero(void* memory, std::size_t bytes) {
  require_no_collection("zero");
  check(cudaMemsetAsync(memory, 0, bytes, stream_), "zero");
}

template <typename T>
std::size_t CudaBackend<T>::free_bytes() const {
  std::size_t free = 0, total = 0;
  check(cudaMemGetInfo(&free, &total), "free_bytes");
  return free;
}

template <typename T>
void CudaBackend<T>::reserve(const LayerShape& layer) {
  if (layer.backward) reserve_scratch(layer.matrices * layer.out * layer.in, networks_);
}

template <typename T>
Scratch<T> CudaBackend<T>::scratch() const {
  const std::size_t network = launcher_->network();
  return {dw_ + network * static_cast<std::size_t>(dw_size_), arrived_ + network};
}

template <typename T>
void CudaBackend<T>::reserve_scratch(Index dw_size, std::size_t networks) {
  dw_size = std::max(dw_size, dw_size_);
  networks = std::max(networks, networks_);
  if (dw_size == dw_size_ && networks == networks_) return;
  free_scratch();
  dw_ = static_cast<T*>(allocate(networks * static_cast<std::size_t>(dw_size) * sizeof(T)));
  arrived_ = static_cast<unsigned*>(allocate(networks * sizeof(unsigned)));
  zero(arrived_, networks * sizeof(unsigned));
  dw_size_ = dw_size;
  networks_ = networks;
}

template <typename T>
void CudaBackend<T>::free_scratch() {
  cudaFree(std::exchange(dw_, nullptr));
  cudaFree(std::exchange(arrived_, nullptr));
  dw_size_ = 0;
  networks_ = 0;
}

template <typename T>
void CudaBackend<T>::require_no_collection(const char* operation) const {
  if (launcher_->collects()) throw Error("ERR_DEVICE", std::string("[") + operation + "] is no kernel to be repeated");
}

template <typename T>
std::size_t CudaBackend<T>::scratch_bytes(const std::vector<LayerShape>& layers) const {
  Index largest = 0;
  for (const LayerShape& layer : layers)
    if (layer.backward) largest = std::max(largest, layer.matrices * layer.out * layer.in);
  return static_cast<std::size_t>(largest) * sizeof(T);
}

template <typename T>
void CudaBackend<T>::sparse_forward(const SparseForward<T>&) {
  throw Error("ERR_DEVICE", "[sparse_forward] a GPU has none");
}

template class CudaBackend<float>;
template class CudaBackend<double>;

}  // namespace psilon::cuda
