#pragma once

#include <cstdint>
#include <type_traits>

namespace psilon {

using Index = std::int64_t;

/// A row-major matrix in memory owned elsewhere.
template <typename T>
struct Matrix {
  T* data = nullptr;
  Index rows = 0;
  Index cols = 0;

  T* row(Index i) const { return data + i * cols; }
  Index size() const { return rows * cols; }
  operator Matrix<const T>() const
    requires(!std::is_const_v<T>)
  {
    return {data, rows, cols};
  }
};

/// The weight matrices [rows, cols] of a layer: one of a linear layer, W+ and W- of a CReLU layer.
template <typename T>
struct Matrices {
  T* data[2] = {nullptr, nullptr};
  int count = 0;
  Index rows = 0;
  Index cols = 0;

  T* row(int s, Index i) const { return data[s] + i * cols; }
  operator Matrices<const T>() const
    requires(!std::is_const_v<T>)
  {
    return {{data[0], data[1]}, count, rows, cols};
  }
};

}  // namespace psilon
