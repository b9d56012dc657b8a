#pragma once

#include <vector>

#include "network/config.h"

namespace psilon {

/// z_k = [residual] z_{k-1} + L_k(act(z_{k-1})); both kinds of network are a list of these (method, section 4).
struct Layer {
  Index in;
  Index out;
  int matrices;  // 2 behind CReLU
  Activation activation;
  bool residual;
  Normalization normalization;
  bool shared_length;

  bool normalized() const { return normalization != Normalization::None; }
  Index lengths() const { return !normalized() ? 0 : shared_length ? 1 : out; }
};

/// Layers 0 .. depth.
std::vector<Layer> layers_of(const NetworkConfig& config);

Index widest(const std::vector<Layer>& layers);

}  // namespace psilon
