#include "backend/cpu/cpu_backend.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <utility>

#define PSILON_STRING_OF(x) #x
#define PSILON_STRING(x) PSILON_STRING_OF(x)

namespace psilon::cpu::PSILON_LEVEL {

template <typename T>
CpuBackend<T>::CpuBackend(int threads, ThreadLimit limit)
    : limit_(std::move(limit)),
      granted_(
          std::make_shared<std::atomic<int>>(limit_ ? std::clamp(limit_->load(), 1, std::max(threads, 1)) : threads)),
      pool_(threads, granted_),
      scratch_(static_cast<std::size_t>(pool_.max_threads())),
      activations_(scratch_.size()) {}

template <typename T>
void* CpuBackend<T>::allocate(std::size_t bytes) {
  void* memory = allocate_aligned(bytes);
  count_allocation(bytes);
  return memory;
}

template <typename T>
void CpuBackend<T>::release(void* memory, std::size_t bytes) {
  std::free(memory);
  count_release(bytes);
}

template <typename T>
void CpuBackend<T>::upload(void* device, const void* host, std::size_t bytes) {
  std::memcpy(device, host, bytes);
}

template <typename T>
void CpuBackend<T>::download(void* host, const void* device, std::size_t bytes) {
  std::memcpy(host, device, bytes);
}

template <typename T>
void CpuBackend<T>::zero(void* memory, std::size_t bytes) {
  std::memset(memory, 0, bytes);
}

template <typename T>
const char* CpuBackend<T>::instruction_set() const {
  return PSILON_STRING(PSILON_LEVEL);
}

template <typename T>
void CpuBackend<T>::reserve(const LayerShape& layer) {
  plan(layer);
  allocate_scratch(pool_.threads());
}

template <typename T>
void CpuBackend<T>::allocate_scratch(int threads) {
  for (int thread = 0; thread < threads; thread++) scratch_[static_cast<std::size_t>(thread)].allocate();
}

template <typename T>
void CpuBackend<T>::adapt_threads() {
  if (!limit_ || *limit_ == *granted_) return;
  const int threads = std::clamp(limit_->load(), 1, pool_.max_threads());
  try {
    allocate_scratch(threads);
    *granted_ = threads;
  } catch (const Error&) {  // without memory for more threads, those that there are go on
  }
}

template <typename T>
void CpuBackend<T>::plan(const LayerShape& layer) {
  reserve_products(layer);
  if (layer.backward) reserve_weights_backward(layer);
}

template <typename T>
std::size_t CpuBackend<T>::scratch_bytes(const std::vector<LayerShape>& layers) const {
  CpuBackend<T> same(pool_.max_threads(), nullptr);
  for (const LayerShape& layer : layers) same.plan(layer);
  std::size_t bytes = 0;
  for (const auto& scratch : same.scratch_) bytes += scratch.wanted_bytes();
  return bytes;
}

std::unique_ptr<Backend<float>> open_float(int threads, ThreadLimit limit);
std::unique_ptr<Backend<double>> open_double(int threads, ThreadLimit limit);

std::unique_ptr<Backend<float>> open_float(int threads, ThreadLimit limit) {
  return std::make_unique<CpuBackend<float>>(threads, std::move(limit));
}
std::unique_ptr<Backend<double>> open_double(int threads, ThreadLimit limit) {
  return std::make_unique<CpuBackend<double>>(threads, std::move(limit));
}

}  // namespace psilon::cpu::PSILON_LEVEL
