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
  rows_ = x.rows;
  for (int k = 0; k <= layout_.depth(); k++) {
    const Layer& layer = layout_.layers()[static_cast<std::size_t>(k)];
    backend_.linear_forward({
        .activation = layer.activation,
        .x = k == 0 ? x : z(k - 1),
        .w = weights.effective(k),
        .b = layout_.view(parameters, k).b,
        .residual = layer.residual,
        .z = {z_[static_cast<std::size_t>(k)], rows_, layer.out},
    });
  }
  return {z_.back(), rows_, layout_.layers().back().out};
}

template <typename T>
Matrix<const T> Forward<T>::z(int k) const {
  return {z_[static_cast<std::size_t>(k)], rows_, layout_.layers()[static_cast<std::size_t>(k)].out};
}

template <typename T>
Backward<T>::Backward(Backend<T>& backend, const ParameterLayout& layout, Index capacity)
    : backend_(backend), layout_(layout) {
  Index width = 0;
  for (const Layer& layer : layout.layers()) {
    width = std::max(width, layer.out);
    backend.reserve({capacity, layer.in, layer.out, layer.matrices, true});
  }
  for (auto& buffer : dz_) buffer = Buffer<T>(backend, capacity * width);
}

template <typename T>
Matrix<T> Backward<T>::output_gradient(Index n) const {
  return {dz_[layout_.depth() % 2].data(), n, layout_.layers().back().out};
}

template <typename T>
void Backward<T>::run(EffectiveWeights<T>& weights, const Forward<T>& forward, Matrix<const T> x,
                      const std::vector<RegularizerTerm<T>>& regularizer, GradientSink<T>& sink) {
  for (int k = layout_.depth(); k >= 0; k--) {
    const Layer& layer = layout_.layers()[static_cast<std::size_t>(k)];
    const Matrix<const T> dz{dz_[k % 2].data(), x.rows, layer.out};
    const Matrix<const T> input = k == 0 ? x : forward.z(k - 1);
    const Matrix<T> dx = k == 0 ? Matrix<T>{} : Matrix<T>{dz_[(k - 1) % 2].data(), x.rows, layer.in};
    weights.backward(k, dz, input, dx, regularizer[static_cast<std::size_t>(k)], sink.layer(k));
  }
}

template class Forward<float>;
template class Forward<double>;
template class Backward<float>;
template class Backward<double>;

}  // namespace psilon
