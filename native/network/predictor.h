#pragma once

#include <optional>
#include <vector>

#include "network/path_norm.h"
#include "network/propagation.h"
#include "network/sparse_network.h"

namespace psilon {

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

  FirstLayer first_layer();

 private:
  /// q_1, improved bound: how fast the sum of outputs can change with each unit of the first layer.
  std::vector<double> slopes();
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
