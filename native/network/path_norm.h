#pragma once

#include <vector>

#include "network/weights.h"

namespace psilon {

/// r_0 = 1, r_{k+1} = M_k r_k, and backward q_k = M_k^T q_{k+1} (method, section 5).
template <typename T>
class PathVectors {
 public:
  PathVectors(Backend<T>& backend, const ParameterLayout& layout);

  /// The weights of which M consists.
  enum class Of { Effective, Normalised };

  /// Computes r.
  void forward(const EffectiveWeights<T>& weights, Bound bound, Of of);
  /// The path norm, sum_i r_{depth+1,i}, into `value` on the device.
  void sum(double* value);
  /// Computes q from q_{depth+1} = 1.
  void backward(const EffectiveWeights<T>& weights, Bound bound, Of of);

  /// r_k bounds the Lipschitz constants of the inputs of layer k; its length is that layer's `in`.
  Buffer<T>& r(int k) { return r_[static_cast<std::size_t>(k)]; }
  Buffer<T>& q(int k) { return q_[static_cast<std::size_t>(k)]; }

 private:
  PathProduct<T> product(const EffectiveWeights<T>& weights, Bound bound, Of of, int k) const;

  Backend<T>& backend_;
  const ParameterLayout& layout_;
  std::vector<Buffer<T>> r_;
  std::vector<Buffer<T>> q_;
};

}  // namespace psilon
