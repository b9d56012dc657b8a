#pragma once

#include <vector>

#include "backend/buffer.h"
#include "network/parameters.h"

namespace psilon {

/// Means over the rows of every matrix (method, section 8).
struct Sparsity {
  double near;
  double exact;      // zeros of the weights in use
  double projected;  // zeros the projection of v as it is would have; NaN in a plain network
};

struct SparsityReport {
  Sparsity mean;
  std::vector<Sparsity> layers;
};

template <typename T>
class SparsityMeter {
 public:
  using Kind = typename RowSparsity<T>::Kind;

  SparsityMeter(Backend<T>& backend, const ParameterLayout& layout, bool pruned);

  /// Mean over all rows. Rows are scaled to L1 norm `scale` before they are projected; 0 takes them as they are.
  double measure(const T* parameters, Kind kind, T scale = 0);
  /// Sum over all rows, into `value` on the device.
  void sum(const T* parameters, Kind kind, T scale, double* value);
  Index rows() const { return rows_; }
  SparsityReport report(const T* parameters);

 private:
  /// Sum over the rows of layer k, into `value` on the device.
  void sum_layer(const T* parameters, int k, Kind kind, T scale, double* value);

  Backend<T>& backend_;
  const ParameterLayout& layout_;
  const bool pruned_;
  Index rows_ = 0;
  Buffer<double> share_;
  Buffer<double> layer_sums_;
  Buffer<double> value_;
};

}  // namespace psilon
