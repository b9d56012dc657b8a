#include "network/predictor.h"

#include <cmath>
#include <utility>

namespace psilon {

namespace {
template <typename T>
std::vector<double> to_double(const HostVector<T>& values) {
  return {values.begin(), values.end()};
}
}  // namespace

template <typename T>
Predictor<T>::Predictor(Backend<T>& backend, const Model<T>& model, Index capacity, T alpha)
    : backend_(backend),
      layout_(model.config),
      parameters_(backend, model.values),
      weights_(backend, layout_, model.config.pruned, alpha > 0),
      vectors_(backend, layout_),
      capacity_(capacity),
      x_(backend, backend.reads_host_memory() ? 0 : capacity * model.config.inputs) {
  if (alpha > 0) alpha_ = Buffer<T>(backend, std::vector<T>{alpha});
  weights_.prepare(parameters_.data(), alpha_.data());
  if (capacity == 0) return;
  if (alpha == 0 && predicts_sparse(backend, model))
    sparse_.emplace(backend, layout_, model.values, weights_, capacity);
  else
    dense_.emplace(backend, layout_, capacity);
}

template <typename T>
void Predictor<T>::predict(const T* x, Index n, T* outputs) {
  const Index inputs = layout_.layers().front().in;
  // chunks of equal size, because the bits of a row may depend on the number of rows
  const Index chunks = (n + capacity_ - 1) / capacity_;
  for (Index chunk = 0; chunk < chunks; chunk++) {
    const Index first = n * chunk / chunks, rows = n * (chunk + 1) / chunks - first;
    const T* begin = x + first * inputs;
    if (!backend_.reads_host_memory()) {
      backend_.upload(x_.data(), begin, static_cast<std::size_t>(rows * inputs) * sizeof(T));
      begin = x_.data();
    }
    const Matrix<const T> batch{begin, rows, inputs};
    const auto f = sparse_ ? sparse_->run(batch) : dense_->run(weights_, parameters_.data(), batch);
    backend_.download(outputs + first * f.cols, f.data, static_cast<std::size_t>(f.size()) * sizeof(T));
  }
}

template <typename T>
FirstLayer Predictor<T>::first_layer() {
  const Layer& layer = layout_.layers().front();
  FirstLayer first{layer.out, layer.in, std::move(weights(0).front()), slopes()};
  auto w = first.weights.begin();
  for (double& share : first.shares) {
    double norm = 0;
    for (Index j = 0; j < layer.in; j++) norm += std::abs(*w++);
    share *= norm;
  }
  return first;
}

template <typename T>
std::vector<double> Predictor<T>::slopes() {
  vectors_.backward(weights_, Bound::Improved, PathVectors<T>::Of::Effective);
  return to_double(vectors_.q(1).download());
}

template <typename T>
std::vector<std::vector<double>> Predictor<T>::weights(int k) {
  const auto w = weights_.effective(k);
  std::vector<T> scale(static_cast<std::size_t>(w.m.rows), T(1));
  if (w.scale != nullptr) backend_.download(scale.data(), w.scale, scale.size() * sizeof(T));
  std::vector<std::vector<double>> matrices;
  HostVector<T> values(static_cast<std::size_t>(w.m.rows * w.m.cols));
  for (int s = 0; s < w.m.count; s++) {
    backend_.download(values.data(), w.m.data[s], values.size() * sizeof(T));
    matrices.push_back(to_double(values));
    for (std::size_t i = 0; i < values.size(); i++)
      matrices.back()[i] *= static_cast<double>(scale[i / static_cast<std::size_t>(w.m.cols)]);
  }
  return matrices;
}

template class Predictor<float>;
template class Predictor<double>;

}  // namespace psilon
