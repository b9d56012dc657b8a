#pragma once

#include <cuda_runtime.h>

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "backend/recording.h"
#include "support/error.h"

/// What the host knows of kernels; bodies.h has the rest, for sources that have kernels.
namespace psilon::cuda {

/// The blocks of one network, along x and y, and the threads of each.
struct Shape {
  dim3 blocks;
  dim3 threads;

  bool operator==(const Shape& other) const { return same(blocks, other.blocks) && same(threads, other.threads); }

 private:
  static bool same(const dim3& a, const dim3& b) { return a.x == b.x && a.y == b.y && a.z == b.z; }
};

/// at: a kernel, or the work of which it is one.
inline Error difference(const char* at) {
  return Error("ERR_DEVICE", std::string("networks that train together do not do the same at ") + at);
}

/// The kernels of several networks that do the same, in their order: one launch does each for all of them.
class Launches {
 public:
  explicit Launches(std::size_t networks) : networks_(networks) {}

  std::size_t networks() const { return networks_; }
  /// The one whose kernels are added.
  std::size_t network() const { return network_; }
  /// Its kernels come next, from the first one on.
  void begin(std::size_t network) {
    network_ = network;
    place_ = 0;
  }
  /// Whether it has added as many as the others.
  bool complete() const { return place_ == all_.size(); }

  template <typename Body>
  void add(const char* kernel, const Shape& shape, const Body& body);

  void run(cudaStream_t stream) const {
    for (const auto& each : all_) each->run(stream);
  }

 private:
  class AnyLaunch {
   public:
    virtual ~AnyLaunch() = default;
    virtual void run(cudaStream_t stream) const = 0;
  };
  template <typename Body>
  class LaunchOf;

  std::size_t networks_, network_ = 0, place_ = 0;
  std::vector<std::unique_ptr<AnyLaunch>> all_;
};

/// Puts kernels on a stream, or collects those of works.
class Launcher {
 public:
  explicit Launcher(cudaStream_t stream) : stream_(stream) {}

  template <typename Body>
  void launch(const char* kernel, const Shape& shape, const Body& body) const;

  /// The kernels of works, which launch nothing.
  std::unique_ptr<Launches> collect(const char* name, const Works& works) {
    auto launches = std::make_unique<Launches>(works.size());
    struct End {
      Launches*& collected;
      ~End() { collected = nullptr; }
    } const end{collected_ = launches.get()};
    for (std::size_t network = 0; network < works.size(); network++) {
      launches->begin(network);
      works[network]();
      if (!launches->complete()) throw difference(name);
    }
    return launches;
  }

  bool collects() const { return collected_ != nullptr; }
  /// Networks for which a kernel is launched at once, and the one it is launched for.
  std::size_t networks() const { return collects() ? collected_->networks() : 1; }
  std::size_t network() const { return collects() ? collected_->network() : 0; }

 private:
  cudaStream_t stream_;
  Launches* collected_ = nullptr;
};

}  // namespace psilon::cuda
