#pragma once

#include <optional>
#include <vector>

#include "network/path_norm.h"
#include "network/propagation.h"
#include "network/sparse_network.h"

namespace psilon {

/// The parts of a network that certificates need: its last layer, and r of that layer's inputs (method, section 10).
struct LastLayer {
  std::vector<std::vector<double>> weights;  // W_s [outputs, hidden]
  std::vector<double> r;                     // [hidden]

  Index outputs() const { return static_cast<Index>(weights.front().size() / r.size()); }
};

/// The first layer of a network, and the contribution of each unit to the path norm, improved bound.
struct FirstLayer {
  Index units, inputs;
  std::vector<double> weights;  // W [units, inputs]
  std::vector<double> shares;   // q_1,i sum_j |W_ij| [units], which sum to the path norm; 0 for a unit without effect
};

/// A network ready for use on a device; while it is being pruned its weights are blended by alpha. Predictions use
/// whichever is faster: dense products, or the nonzero weights alone.
template <typename T>
class Predictor {
 public:
  /// capacity 0: for bounds alone.
  Predictor(Backend<T>& backend, const Model<T>& model, Index capacity, T alpha = 0);

  /// Outputs [n, outputs] for x [n, inputs] on the host, `capacity` rows at a time.
  void predict(const T* x, Index n, T* outputs);

  /// r_{depth+1}: for each output, a bound on its Lipschitz constant (l-infinity on the inputs).
  std::vector<double> output_path_norms(Bound bound);
  /// A bound on |d f_i / d x_j| for each input j, everywhere; without `output`, for the sum of outputs.
  std::vector<double> influence(Bound bound, std::optional<Index> output);
  LastLayer last_layer(Bound bound);
  FirstLayer first_layer();

 private:
  /// q_k: how fast the output, or the sum of all, can change with each input of layer k.
  std::vector<double> slopes_at(int k, Bound bound, std::optional<Index> output);
  /// W_s of layer k.
  std::vector<std::vector<double>> weights(int k);

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
