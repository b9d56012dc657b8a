#pragma once

#include <span>
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

  /// Brings everything up to date with the parameters. alpha [1] on the device; null: 0.
  void prepare(const T* parameters, const T* alpha);
  /// The norms of the rows of v, after it has changed otherwise than by `backward` with Adam, which leaves those of the
  /// new rows.
  void measure(const T* parameters);

  /// What is known of the rows of all layers, and how it is given back: norms that a step has left differ from measured
  /// ones by rounding.
  const Buffer<T>& row_values() const { return row_values_; }
  void set_row_values(std::span<const T> values);

  /// W of layer k.
  Weights<T> effective(int k) const;
  /// g v / n of layer k, whatever alpha is.
  Weights<T> normalised(int k) const;

  /// Norms of the rows of v of layer k.
  T* norms(int k) const { return rows_[static_cast<std::size_t>(k)].norm; }

  /// How the gradient of W of layer k becomes that of its parameters (method, sections 2, 3, 7); without dz and x.
  WeightsBackward<T> backward(int k, const RegularizerTerm<T>& term, const LayerGradient<T>& gradient);

 private:
  struct Rows {
    T* norm;
    T* scale;
    T* tau;
  };

  /// Of all layers, from their norms if they are known.
  void scale(const T* parameters, bool known);

  Backend<T>& backend_;
  const ParameterLayout& layout_;
  const bool pruned_;
  Buffer<T> row_values_;
  std::vector<Rows> rows_;
  std::vector<RowScales<T>> scales_;
  Buffer<T> blended_;
  Buffer<T> dg_rows_;
  const T* parameters_ = nullptr;
  const T* alpha_ = nullptr;
  bool norms_known_ = false;
};

}  // namespace psilon
