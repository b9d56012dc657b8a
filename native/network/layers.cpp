#include "network/layers.h"

#include <algorithm>

namespace psilon {

std::vector<Layer> layers_of(const NetworkConfig& config) {
  std::vector<Layer> layers;
  const int depth = config.depth();
  for (int k = 0; k <= depth; k++) {
    const bool crelu = config.kind == NetworkKind::ResNet && k > 0;
    layers.push_back({
        .in = k == 0 ? config.inputs : config.hidden[static_cast<std::size_t>(k - 1)],
        .out = k == depth ? config.outputs : config.hidden[static_cast<std::size_t>(k)],
        .matrices = crelu ? 2 : 1,
        .activation = k == 0  ? Activation::Identity
                      : crelu ? Activation::CRelu
                              : Activation::Relu,
        .residual = crelu && k < depth,
        .normalization = config.normalization,
        .shared_length = k < depth && config.shared_length[static_cast<std::size_t>(k)],
    });
  }
  return layers;
}

Index widest(const std::vector<Layer>& layers) {
  Index width = 0;
  for (const Layer& layer : layers) width = std::max({width, layer.in, layer.out});
  return width;
}

}  // namespace psilon
