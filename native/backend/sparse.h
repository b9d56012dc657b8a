#pragma once

#include <cstdint>

#include "backend/operations.h"

namespace psilon {

/// Rows that are stored side by side, entry by entry; and rows that are sorted together, longest first, so that rows
/// side by side have similar lengths. (SELL-C-sigma: Kreutzer et al. 2014, doi:10.1137/130930352)
inline constexpr Index kSideBySide = 4;
inline constexpr Index kSortedRows = 64;

/// A sparse matrix: lane r of group q is row rows[q kSideBySide + r]. Its entries are those of that lane of `values`,
/// and their columns of `columns`, from starts[q] kSideBySide to starts[q + 1] kSideBySide. A shorter row ends with
/// zeros in a column beyond the last; so does a lane without a row, in the last group.
template <typename T>
struct SparseRows {
  const Index* starts;
  const std::uint32_t* rows;
  const std::uint32_t* columns;
  const T* values;
};

/// z = [residual] x + act(x) W^T + b with the row scales in the values of W. After CReLU act(x) is twice as wide:
/// max(x_j, 0) and min(x_j, 0) are at 2j and 2j + 1, and W has a column for each.
template <typename T>
struct SparseLayer {
  Activation activation;
  bool residual;
  Index in;
  Index out;
  SparseRows<T> w;
  const T* b;

  /// Length of act(x).
  Index width() const { return activation == Activation::CRelu ? 2 * in : in; }
  /// Of rows of W.
  Index groups() const { return (out + kSideBySide - 1) / kSideBySide; }
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
