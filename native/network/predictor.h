#pragma once

#include <optional>
#include <vector>

#include "network/path_norm.h"
#include "network/propagation.h"
#include "network/sparse_network.h"

namespace psilon {

/// A network ready for use on a device; while it is being pruned its weights are blended by alpha. Predictions take the
/// way that is faster: dense products, or the nonzero weights alone.
template <typename T>
class Predictor {
 public:
  /// capacity 0: for bounds alone.
  Predictor(Backend<T>& backend, const Model<T>& model, Index capacity, T alpha = 0);

  /// Outputs [n, outputs] for x [n, inputs] on the host, `capacity` rows at a time.
  void predict(const T* x, Index n, T* outputs);

  /// r_{depth+1}: for each output, a bound on its Lipschitz constant (l-infinity on the inputs).
  std::vector<double> output_path_norms(Bound bound);
  /// A bound on |d f_i / d x_j| for each input j, everywhere; without `output` on that of the sum of outputs.
  std::vector<double> influence(Bound bound, std::optional<Index> output);
  /// r of the last layer's inputs.
  std::vector<double> hidden_path_vector(Bound bound);
  /// W_s of the last layer, [outputs, hidden] each.
  std::vector<std::vector<double>> output_weights();

  const ParameterLayout& layout() const { return layout_; }

 private:
  Backend<T>& backend_;
  ParameterLayout layout_;
  Buffer<T> parameters_;
  Buffer<T> alpha_;
  EffectiveWeights<T> weights_;
  PathVectors<T> vectors_;
  Index capacity_;
  Buffer<T> x_;
  std::optional<SparseNetwork<T>> sparse_;
  std::optional<Forward<T>> dense_;
};

}  // namespace psilon
