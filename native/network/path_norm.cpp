#include "network/path_norm.h"

namespace psilon {

template <typename T>
PathVectors<T>::PathVectors(Backend<T>& backend, const ParameterLayout& layout) : backend_(backend), layout_(layout) {
  for (int k = 0; k <= layout.depth() + 1; k++) {
    const auto& layers = layout.layers();
    const Index length = k == 0 ? layers[0].in : layers[static_cast<std::size_t>(k - 1)].out;
    r_.emplace_back(backend, length);
    q_.emplace_back(backend, length);
  }
  r_.front().fill(T(1));
  q_.back().fill(T(1));
}

template <typename T>
PathProduct<T> PathVectors<T>::product(const EffectiveWeights<T>& weights, Bound bound, Of of, int k) const {
  return {
      .bound = bound,
      .w = of == Of::Effective ? weights.effective(k) : weights.normalised(k),
      .residual = layout_.layers()[static_cast<std::size_t>(k)].residual,
      .transposed = false,
      .in = nullptr,
      .out = nullptr,
  };
}

template <typename T>
void PathVectors<T>::forward(const EffectiveWeights<T>& weights, Bound bound, Of of) {
  for (int k = 0; k <= layout_.depth(); k++) {
    auto op = product(weights, bound, of, k);
    op.in = r(k).data();
    op.out = r(k + 1).data();
    backend_.path_product(op);
  }
}

template <typename T>
void PathVectors<T>::sum(double* value) {
  backend_.sum({r_.back().data(), r_.back().size(), value});
}

template <typename T>
void PathVectors<T>::backward(const EffectiveWeights<T>& weights, Bound bound, Of of) {
  for (int k = layout_.depth(); k >= 0; k--) {
    auto op = product(weights, bound, of, k);
    op.transposed = true;
    op.in = q(k + 1).data();
    op.out = q(k).data();
    backend_.path_product(op);
  }
}

template class PathVectors<float>;
template class PathVectors<double>;

}  // namespace psilon
