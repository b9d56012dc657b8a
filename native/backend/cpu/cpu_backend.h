#pragma once

#include <atomic>
#include <limits>
#include <memory>
#include <vector>

#include "backend/backend.h"
#include "backend/cpu/scratch.h"
#include "backend/cpu/simd.h"
#include "backend/cpu/thread_pool.h"

namespace psilon::cpu::PSILON_LEVEL {

/// The operations on a CPU, compiled once for each instruction set; each file of this folder holds those of its name.
template <typename T>
class CpuBackend final : public Backend<T> {
 public:
  CpuBackend(int threads, ThreadLimit limit);

  void* allocate(std::size_t bytes) override;
  void release(void* memory, std::size_t bytes) override;
  void upload(void* device, const void* host, std::size_t bytes) override;
  void download(void* host, const void* device, std::size_t bytes) override;
  void zero(void* memory, std::size_t bytes) override;
  bool reads_host_memory() const override { return true; }
  std::chrono::milliseconds download_interval() const override { return {}; }
  std::size_t free_bytes() const override { return std::numeric_limits<std::size_t>::max(); }
  const char* instruction_set() const override;

  void reserve(const LayerShape&) override;
  std::size_t scratch_bytes(const std::vector<LayerShape>&) const override;
  void adapt_threads() override;
  std::unique_ptr<Recording> record(const char* operation, Works works) override;
  double sparse_density() const override;
  void reserve_sparse(Index width) override;
  PSILON_OPERATIONS(PSILON_OVERRIDE_OPERATION)
  Index batch_gradient_size(const std::vector<LayerShape>&) const override;
  void batch_gradient(const BatchGradient<T>&) override;

 private:
  static constexpr Index kFewRows = kTileRows > 8 ? 8 : 4;  // as registers let them

  /// Asks for the scratch memory of a layer.
  void plan(const LayerShape&);
  void allocate_scratch(int threads);
  /// Up to kFewRows rows of x.
  void forward_few_rows(const LinearForward<T>&);
  void sparse_forward_row(const SparseForward<T>&);
  void reserve_products(const LayerShape&);
  void reserve_weights_backward(const LayerShape&);

  const ThreadLimit limit_;
  const std::shared_ptr<std::atomic<int>> granted_;  // threads that have scratch memory
  ThreadPool pool_;
  std::vector<Scratch<T>> scratch_;  // one for each thread
  Index sparse_width_ = 0;
  std::vector<Scratch<T>> activations_;
};

/// Rows of this many elements make a range worth a thread.
inline Index rows_per_thread(Index cols) { return 1 + 65536 / (cols + 1); }

}  // namespace psilon::cpu::PSILON_LEVEL
