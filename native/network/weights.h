#pragma once

#include <vector>

#include "backend/buffer.h"
#include "network/parameters.h"

namespace psilon {

/// The weights a forward pass uses: W = (1 - alpha) normalised + alpha g p. At alpha = 0 they are only a scale for each
/// row of v; blended weights are stored.
template <typename T>
class EffectiveWeights {
 public:
  /// `blending` reserves memory for alpha > 0. `pruned`: the zeros of v stay zeros, whatever alpha is.
  EffectiveWeights(Backend<T>& backend, const ParameterLayout& layout, bool pruned, bool blending);

  /// Brings everything up to date with the parameters.
  void prepare(const T* parameters, T alpha);
  /// Tells that v has changed otherwise than by `backward` with Adam, which leaves the norms of the new rows.
  void rows_changed() { norms_known_ = false; }

  T alpha() const { return alpha_; }
  /// W of layer k.
  Weights<T> effective(int k) const;
  /// g v / n of layer k, whatever alpha is.
  Weights<T> normalised(int k) const;

  /// Norms of the rows of v of layer k.
  T* norms(int k) const { return rows_[static_cast<std::size_t>(k)].norm; }

  /// From dz, the gradient of layer k's outputs, to those of its parameters (method, sections 2, 3, 7).
  void backward(int k, Matrix<const T> dz, Matrix<const T> x, const PenaltyTerm<T>& term,
                const LayerGradient<T>& gradient);

 private:
  struct Rows {
    T* norm;
    T* scale;
    T* tau;
  };

  Backend<T>& backend_;
  const ParameterLayout& layout_;
  const bool pruned_;
  Buffer<T> row_values_;
  std::vector<Rows> rows_;
  Buffer<T> blended_;
  Buffer<T> dg_rows_;
  const T* parameters_ = nullptr;
  T alpha_ = 0;
  bool norms_known_ = false;
};

}  // namespace psilon
