#pragma once

#include <cuda_runtime.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "backend/cuda/block.h"
#include "backend/cuda/launch.h"
#include "backend/cuda/launches.h"

namespace psilon::cuda {

/// What a kernel computes, with its arguments, once or for several networks: blocks with blockIdx.z = k have those of
/// network k. A Body has kThreads, the most threads of a block; kBlocks, where it matters, how many blocks a processor
/// should have at once; and run(), for each thread.
template <typename Body, int kCount>
struct Bodies {
  Body of[kCount];
};

template <typename Body>
constexpr int least_blocks() {
  if constexpr (requires { Body::kBlocks; })
    return Body::kBlocks;
  else
    return 1;
}

template <typename Body, int kCount>
__global__ void __launch_bounds__(Body::kThreads, least_blocks<Body>())
    run_bodies(const __grid_constant__ Constant<Bodies<Body, kCount>> bodies) {
  bodies.of[kCount == 1 ? 0 : blockIdx.z].run();
}

/// A block of kRowThreads for each of `rows`.
inline Shape by_rows(Index rows) { return {dim3(static_cast<unsigned>(rows)), dim3(kRowThreads)}; }

/// A thread for each of `count` elements.
inline constexpr int kElementThreads = 256;
inline Shape by_elements(Index count) {
  return {dim3(static_cast<unsigned>((count + kElementThreads - 1) / kElementThreads)), dim3(kElementThreads)};
}
/// That of this thread.
__device__ inline Index own_element() { return static_cast<Index>(blockIdx.x) * blockDim.x + threadIdx.x; }

template <typename Body, int kCount>
void launch_bodies(const char* kernel, const Shape& shape, const Body* bodies, unsigned count, cudaStream_t stream) {
  Bodies<Body, kCount> all{};
  std::copy_n(bodies, count, all.of);
  const dim3 grid(shape.blocks.x, shape.blocks.y, count);
  launch(kernel, {grid, shape.threads, stream}, run_bodies<Body, kCount>, all);
}

/// A kernel for one network, or one for as many as its arguments, of up to 32,764 bytes, have room for.
template <typename Body>
void launch_bodies(const char* kernel, const Shape& shape, const Body* bodies, std::size_t count, cudaStream_t stream) {
  constexpr std::size_t kMax = std::min<std::size_t>(16, 32'764 / sizeof(Body));
  if (count == 1) return launch_bodies<Body, 1>(kernel, shape, bodies, 1, stream);
  for (std::size_t first = 0; first < count; first += kMax) {
    const unsigned some = static_cast<unsigned>(std::min(kMax, count - first));
    launch_bodies<Body, kMax>(kernel, shape, bodies + first, some, stream);
  }
}

template <typename Body>
class Launches::LaunchOf final : public AnyLaunch {
 public:
  LaunchOf(const char* kernel, const Shape& shape) : kernel_(kernel), shape_(shape) {}

  /// Returns false where the shape is another one.
  bool add(const Shape& shape, const Body& body) {
    bodies_.push_back(body);
    return shape == shape_;
  }
  void run(cudaStream_t stream) const override {
    launch_bodies(kernel_, shape_, bodies_.data(), bodies_.size(), stream);
  }

 private:
  const char* kernel_;
  Shape shape_;
  std::vector<Body> bodies_;
};

template <typename Body>
void Launches::add(const char* kernel, const Shape& shape, const Body& body) {
  if (network_ == 0) all_.push_back(std::make_unique<LaunchOf<Body>>(kernel, shape));
  auto* same = place_ < all_.size() ? dynamic_cast<LaunchOf<Body>*>(all_[place_++].get()) : nullptr;
  if (same == nullptr || !same->add(shape, body)) throw difference(kernel);
}

template <typename Body>
void Launcher::launch(const char* kernel, const Shape& shape, const Body& body) const {
  if (collected_ == nullptr) return launch_bodies(kernel, shape, &body, 1, stream_);
  collected_->add(kernel, shape, body);
}

}  // namespace psilon::cuda
