#pragma once

#include "backend/cpu/product_by_tiles.h"

/// C_ij = <a_i, column j of B_0 or B_1>, as a sign tells: the way back through CReLU, where each element of x took part
/// with one of the two matrices. Half of the multiply-adds of two products.
namespace psilon::cpu::PSILON_LEVEL {

/// A tile, one vector wide: sum [kHeight, lanes] = rows of a panel of A, of `height` rows, times columns of B_0,
/// `width` from one row to the next, or of B_1, `second` elements behind, in the lanes that are `negative`. take(i,
/// Vector) gets it. See multiply_tile.
template <typename T, Index kHeight, typename Take>
[[gnu::noinline]] void multiply_chosen_tile(Index depth, const T* __restrict a, Index height, const T* __restrict b,
                                            Index width, Index second, const Lanes<T> (&negative)[kHeight],
                                            const Take& take) {
  constexpr Index lanes = kLanes<T>;
  Lanes<T> signs[kHeight];
  Vector<T> sum[kHeight] = {};
#pragma GCC unroll 8
  for (Index i = 0; i < kHeight; i++) signs[i] = negative[i];
  for (; depth > 0; depth -= lanes, a += height * lanes) {
    const Index count = std::min(depth, lanes);
    for (Index lane = 0; lane < count; lane++, b += width) {
      const Vector<T> b0 = load(b), b1 = load(b + second);
#pragma GCC unroll 8
      for (Index i = 0; i < kHeight; i++) sum[i] += a[i * lanes + lane] * choose<T>(signs[i], b1, b0);
    }
  }
#pragma GCC unroll 8
  for (Index i = 0; i < kHeight; i++) take(i, sum[i]);
}

/// Multiplies packed A with a panel of `columns` columns of B_0 and that of B_1 behind it. negative(i, j) tells the
/// lanes of C_i from column j on that take B_1; done(i, j, Vector) takes the result. Few loads for each multiply-add: B
/// may stay in the second-level cache.
template <typename T, typename Negative, typename Done>
void multiply_chosen_panel(const ProductShape& shape, const T* a, const T* b, Index columns, const Negative& negative,
                           const Done& done) {
  constexpr Index max_signs = 8;  // that have a register each, beside the sums
  const Index width = padded<T>(columns), second = kTileColumns<T> * shape.depth;
  for (Index j = 0; j < width; j += kLanes<T>)
    for (Index i = 0; i < shape.m; i += kTileRows) {
      const Index height = panel_height(std::min(kTileRows, shape.m - i));
      const T* panel = a + i * padded<T>(shape.depth);
      with_height(height, [&](auto whole) {
        constexpr Index rows = whole() > max_signs ? whole() / 2 : whole();
        for (Index r = 0; r < height; r += rows) {
          Lanes<T> signs[rows];
          for (Index t = 0; t < rows; t++) signs[t] = negative(i + r + t, j);
          multiply_chosen_tile<T, rows>(shape.depth, panel + r * kLanes<T>, height, b + j, width, second, signs,
                                        [&](Index t, Vector<T> sum) { done(i + r + t, j, sum); });
        }
      });
    }
}

/// For pack_a and pack_b see for_each_group; negative(i, j, lanes) tells the lanes of C_i from column j on that take
/// B_1, put(i, j, Vector, lanes) takes C[i][j ..].
template <typename T, typename PackA, typename PackB, typename Negative, typename Put>
void multiply_by_sign(const ProductShape& shape, T* scratch, const PackA& pack_a, const PackB& pack_b,
                      const Negative& negative, const Put& put) {
  for_each_group(shape, scratch, pack_a, pack_b,
                 [&](Index i0, Index j0, const ProductShape& part, const T* a, const T* b, T*) {
                   for (Index j = 0; j < part.n; j += kTileColumns<T>) {
                     const Index columns = std::min(kTileColumns<T>, part.n - j);
                     const auto signs = [&](Index i, Index v) {
                       const Index lanes = std::min(kLanes<T>, columns - v);
                       return i < part.m ? negative(i0 + i, j0 + j + v, lanes) : negative_lanes<T>(Vector<T>{});
                     };
                     multiply_chosen_panel<T>(part, a, b + 2 * j * part.depth, columns, signs,
                                              put_within<T>(i0, part.m, j0 + j, columns, put));
                   }
                 });
}

}  // namespace psilon::cpu::PSILON_LEVEL
