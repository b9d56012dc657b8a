#include "network/propagation.h"

#include <algorithm>

namespace psilon {

template <typename T>
Forward<T>::Forward(Backend<T>& backend, const ParameterLayout& layout, Index capacity)
    : backend_(backend), layout_(layout), capacity_(capacity) {
  Index width = 0;
  for (const Layer& layer : layout.layers()) {
    width += layer.out;
    backend.reserve({capacity, layer.in, layer.out, layer.matrices, false});
  }
  values_ = Buffer<T>(backend, capacity * width);
  T* next = values_.data();
  for (const Layer& layer : layout.layers()) {
    z_.push_back(next);
    next += capacity * layer.out;
  }
}

template <typename T>
Matrix<T> Forward<T>::run(const EffectiveWeights<T>& weights, const T* parameters, Matrix<const T> x) {
  for (int k = 0; k <= layout_.depth(); k++) {
    const Layer& layer = layout_.layers()[static_cast<std::size_t>(k)];
    backend_.linear_forward({
        .activation = layer.activation,
        .x = k == 0 ? x : Matrix<const T>(z(k - 1, x.rows)),
        .w = weights.effective(k),
        .b = layout_.view(parameters, k).b,
        .residual = layer.residual,
        .z = z(k, x.rows),
    });
  }
  return z(layout_.depth(), x.rows);
}

template <typename T>
Matrix<T> Forward<T>::z(int k, Index n) const {
  return {z_[static_cast<std::size_t>(k)], n, layout_.layers()[static_cast<std::size_t>(k)].out};
}

template class Forward<float>;
template class Forward<double>;

}  // namespace psilon
