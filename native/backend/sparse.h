#pragma once

#include <cstdint>

#include "backend/operations.h"

namespace psilon {

/// The entries of a sparse matrix, line by line, a line being a row or a column: those of line i are starts[i] ..
/// starts[i + 1] of `values`, and `indices` says where across the lines each stands.
template <typename T>
struct SparseLines {
  const Index* starts;
  const std::uint32_t* indices;
  const T* values;
};

/// z = [residual] x + act(x) W^T + b with the row scales in the values of W. Behind CReLU act(x) is twice as wide:
/// max(x_j, 0) and min(x_j, 0) stand at 2j and 2j + 1, and W has a column for each. `columns` is sorted by length, for
/// branch prediction: column c of it reads act(x) at order[c]. `rows` holds each row in the same order.
template <typename T>
struct SparseLayer {
  Activation activation;
  bool residual;
  Index in;
  Index out;
  SparseLines<T> rows;
  SparseLines<T> columns;
  const std::uint32_t* order;
  const T* b;

  /// Length of act(x).
  Index width() const { return activation == Activation::CRelu ? 2 * in : in; }
};

/// f = z of the last of `count` layers, which are on the host and of which the first has no activation.
///   x [n, in]  f [n, out]      The bits of a row do not depend on which rows stand beside it.
template <typename T>
struct SparseForward {
  const SparseLayer<T>* layers;
  int count;
  Matrix<const T> x;
  Matrix<T> f;
};

}  // namespace psilon
