#pragma once

#include <vector>

#include "backend/sparse.h"
#include "network/weights.h"

namespace psilon {

/// Whether predictions of the model use its nonzero weights alone: if they are few enough for the backend.
template <typename T>
bool predicts_sparse(const Backend<T>& backend, const Model<T>& model);

/// The nonzero weights of a network, and its outputs from them (method, section 14).
template <typename T>
class SparseNetwork {
 public:
  /// `parameters` are those, on the host, that `weights` were prepared from, with alpha = 0.
  SparseNetwork(Backend<T>& backend, const ParameterLayout& layout, const HostVector<T>& parameters,
                const EffectiveWeights<T>& weights, Index capacity);

  /// Outputs [n, outputs] for x [n, inputs], n <= capacity; they stand until the next run.
  Matrix<T> run(Matrix<const T> x);

 private:
  /// Memory of a SparseLayer.
  struct Memory {
    Buffer<Index> starts;
    Buffer<std::uint32_t> rows;
    Buffer<std::uint32_t> columns;
    Buffer<T> values;
    Buffer<T> b;
  };

  Backend<T>& backend_;
  std::vector<Memory> memory_;
  std::vector<SparseLayer<T>> layers_;
  Buffer<T> outputs_;
};

}  // namespace psilon
