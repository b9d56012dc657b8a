#pragma once

#include "backend/cpu/packing.h"

namespace psilon::cpu::PSILON_LEVEL {

struct Range {
  Index begin;
  Index end;

  Index size() const { return end - begin; }
};

/// Rows of A and columns of B of one thread, `matrices` matrices B.
struct ProductShape {
  Index m;
  int matrices;
  Index n;
  Index depth;
};

/// Where partial sums of a block of rows of C stand: whole vectors and kTileRows rows of it may be written.
template <typename T>
struct Sums {
  T* data;
  Index stride;

  Sums at(Index i) const { return {data + i * stride, stride}; }
  void operator()(Index i, Index j, Vector<T> sum) const { store<T>(data + i * stride + j, sum); }
};

/// Elements of packed B: panel after panel of columns, each of matrix after matrix.
template <typename T>
Index packed_size(const ProductShape& shape) {
  return shape.matrices * round_up(shape.n, kTileColumns<T>) * shape.depth;
}

}  // namespace psilon::cpu::PSILON_LEVEL
