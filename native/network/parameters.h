#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "network/layers.h"
#include "support/memory_count.h"

namespace psilon {

/// The parameters of one layer, or their gradients. g is null in a plain layer.
template <typename T>
struct LayerParameters {
  Matrices<T> v;
  T* g;
  T* b;
};

/// The place of each parameter of a network in one buffer.
class ParameterLayout {
 public:
  struct Entry {
    std::string name;  // layers.K.v, layers.K.vPos, layers.K.vNeg, layers.K.g, layers.K.b
    std::vector<Index> shape;
    Index offset;

    Index size() const { return shape.size() == 2 ? shape[0] * shape[1] : shape[0]; }
  };

  explicit ParameterLayout(const NetworkConfig& config);

  const std::vector<Layer>& layers() const { return layers_; }
  int depth() const { return static_cast<int>(layers_.size()) - 1; }
  const std::vector<Entry>& entries() const { return entries_; }
  /// Length of the buffer: all weights, then all lengths and biases. Each entry begins at a multiple of a cache line,
  /// and the gaps stay 0.
  Index size() const { return size_; }
  /// Length of the part that holds the weights.
  Index weights_size() const { return weights_size_; }
  /// Number of parameters.
  Index count() const;

  template <typename T>
  LayerParameters<T> view(T* data, int k) const {
    const Layer& layer = layers_[static_cast<std::size_t>(k)];
    const auto* entry = &entries_[first_entry_[static_cast<std::size_t>(k)]];
    LayerParameters<T> parameters{{{nullptr, nullptr}, layer.matrices, layer.out, layer.in}, nullptr, nullptr};
    for (int s = 0; s < layer.matrices; s++) parameters.v.data[s] = data + (entry++)->offset;
    if (layer.normalized()) parameters.g = data + (entry++)->offset;
    parameters.b = data + entry->offset;
    return parameters;
  }

  /// g and b in a buffer that holds no weights.
  template <typename T>
  LayerParameters<T> view_vectors(T* data, int k) const {
    const Layer& layer = layers_[static_cast<std::size_t>(k)];
    const auto* entry = &entries_[first_entry_[static_cast<std::size_t>(k)] + static_cast<std::size_t>(layer.matrices)];
    LayerParameters<T> parameters{};
    if (layer.normalized()) parameters.g = data + (entry++)->offset - weights_size_;
    parameters.b = data + entry->offset - weights_size_;
    return parameters;
  }

 private:
  void place(bool weights);

  std::vector<Layer> layers_;
  std::vector<Entry> entries_;
  std::vector<std::size_t> first_entry_;
  Index size_ = 0;
  Index weights_size_ = 0;
};

/// A network on the host.
template <typename T>
struct Model {
  NetworkConfig config;
  HostVector<T> values;  // by ParameterLayout(config)
};

/// A model whose parameters are zeros.
template <typename T>
Model<T> zero_model(const NetworkConfig& config) {
  return {config, HostVector<T>(static_cast<std::size_t>(ParameterLayout(config).size()))};
}

}  // namespace psilon
