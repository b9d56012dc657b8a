#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "backend/batch_gradient.h"
#include "backend/operations.h"
#include "backend/recording.h"

/// The operations of a device. They write to their arguments and allocate nothing. The bits of a result do not depend
/// on the number of threads.
namespace psilon {

/// Weights [out, in] of a layer that works on up to `batch` rows; `backward`: also for its gradients.
struct LayerShape {
  Index batch;
  Index in;
  Index out;
  int matrices;
  bool backward;
};

/// Memory of one device.
class Device {
 public:
  virtual ~Device() = default;
  virtual void* allocate(std::size_t bytes) = 0;
  /// bytes: as allocated.
  virtual void release(void* memory, std::size_t bytes) = 0;
  /// After all operations before it. The host may change its bytes when this returns.
  virtual void upload(void* device, const void* host, std::size_t bytes) = 0;
  /// Waits for all operations before it.
  virtual void download(void* host, const void* device, std::size_t bytes) = 0;
  virtual void zero(void* memory, std::size_t bytes) = 0;
  /// Whether operations can read host memory directly.
  virtual bool reads_host_memory() const = 0;
  /// Least time between two downloads, which stop the device.
  virtual std::chrono::milliseconds download_interval() const = 0;
  /// Bytes that can still be allocated, as far as the device itself knows.
  virtual std::size_t free_bytes() const = 0;
  /// Such as "avx512" on a CPU, "sm_90" on a GPU.
  virtual const char* instruction_set() const = 0;
};

/// Declares an operation in the class of a backend.
#define PSILON_OVERRIDE_OPERATION(method, Argument) void method(const Argument&) override;

/// A device and its operations, which operations.h describes and lists.
template <typename T>
class Backend : public Device {
 public:
  /// Prepares scratch memory for a layer's products, before the first of them.
  virtual void reserve(const LayerShape&) = 0;
  /// Bytes of scratch memory for these layers, if nothing else is reserved.
  virtual std::size_t scratch_bytes(const std::vector<LayerShape>&) const = 0;
  /// Uses as many threads as its limit now allows. Called between operations.
  virtual void adapt_threads() {}
  /// Work that will be repeated: operations with the same arguments every time, which may run from a recording. Several
  /// works have the same operations on the same shapes, and none reads what another writes: a device may do each
  /// operation for all of them at once. `operation` names it in errors.
  virtual std::unique_ptr<Recording> record(const char* operation, Works works) = 0;

  /// Up to this share of nonzero weights sparse_forward is faster than a linear_forward for each layer; 0: never.
  virtual double sparse_density() const = 0;
  /// Prepares scratch memory for a sparse_forward whose widest act(x) or z has that length.
  virtual void reserve_sparse(Index width) = 0;

#define PSILON_DECLARE_OPERATION(method, Argument) virtual void method(const Argument&) = 0;
  PSILON_OPERATIONS(PSILON_DECLARE_OPERATION)
#undef PSILON_DECLARE_OPERATION

  // Combined operations that a device may do faster than one after the other.

  /// Both operations of a layer, in this order; they write to different memory.
  virtual void layer_backward(const LinearBackwardInput<T>& input, const WeightsBackward<T>& weights) {
    linear_backward_input(input);
    weights_backward(weights);
  }
  /// Elements of memory with which the next operation takes all layers at once; 0 where one after the other is faster.
  virtual Index batch_gradient_size(const std::vector<LayerShape>&) const { return 0; }
  virtual void batch_gradient(const BatchGradient<T>& op) {
    const int last = op.count - 1;
    for (int k = 0; k <= last; k++) {
      const BatchLayer<T>& layer = op.layers[k];
      linear_forward({layer.backward.activation, op.input(k), layer.w, layer.b, layer.residual, layer.z});
    }
    LossGradient<T> loss = op.loss;
    loss.f = op.layers[last].z;
    loss.df = {op.dz[last % 2], loss.f.rows, loss.f.cols};
    loss_gradient(loss);
    sum_rows({loss.row_loss, loss.f.rows, op.value});
    for (int k = last; k >= 0; k--) {
      const BatchLayer<T>& layer = op.layers[k];
      WeightsBackward<T> backward = layer.backward;
      backward.dz = {op.dz[k % 2], op.x.rows, layer.w.m.rows};
      backward.x = op.input(k);
      const Matrix<T> dx{op.dz[(k + 1) % 2], op.x.rows, layer.w.m.cols};
      if (k == 0)
        weights_backward(backward);
      else
        layer_backward({backward.dz, layer.w, backward.x, layer.residual, dx}, backward);
    }
  }
  /// The operation for several layers; the norms of all of them are known, or of none.
  virtual void row_scales_of(std::span<const RowScales<T>> layers) {
    for (const RowScales<T>& layer : layers) row_scales(layer);
  }
};

}  // namespace psilon
