#pragma once

#include "backend/cpu/activations.h"
#include "backend/cpu/gemm.h"

/// Gradients of both matrices behind CReLU: each element of x belongs to one of the two halves, so half of the
/// multiply-adds are with 0 and left out.
namespace psilon::cpu::PSILON_LEVEL {

/// Whether this is worth its way: products with fewer terms, or shorter vectors, are left to tiles.
template <typename T>
constexpr bool worth_halves(int matrices, Index depth) {
  return matrices == 2 && depth >= kSkipDepth && kLanes<T> >= 8;
}

/// A thread's memory for C_s = A^T act_s(X), computed as its transpose: a group of columns of A, all columns of X and
/// which of their elements belong to each half, C^T for that group, and of it a vector of rows of C.
template <typename T>
struct HalvesMemory {
  static constexpr Index kGroup = kSkipPanels * kTileColumns<T>;

  Index stride;  // of a row of C_s
  Index x;       // where it begins, A at 0
  Index c;
  Index rows;
  Index nonzero;
  Index size;

  HalvesMemory(Index n, Index depth)
      : stride(spread<T>(n)),
        x(kGroup * depth),
        c(x + round_up(n, kTileRows) * padded<T>(depth)),
        rows(c + 2 * n * kGroup),
        nonzero(rows + kLanes<T> * 2 * stride),
        size(nonzero + 2 * words_size<T>(n, depth)) {}
};

/// C_s [m, n] for the rows `own` of a thread, A [depth, ..], X [depth, n]; take(i, row) gets row i of C_0, and of C_1
/// after `stride` elements.
template <typename T, typename Take>
void multiply_by_halves(Range own, Matrix<const T> a, Matrix<const T> x, T* scratch, const Take& take) {
  using Memory = HalvesMemory<T>;
  const Index n = x.cols, depth = x.rows;
  const Memory memory(n, depth);
  T* const packed_x = scratch + memory.x;
  for (Index j = 0; j < n; j += kTileRows)
    pack_columns_by_lanes(x.data + j, n, std::min(kTileRows, n - j), depth, packed_x + j * padded<T>(depth));
  std::uint64_t* nonzero[2];
  for (int s = 0; s < 2; s++) {
    nonzero[s] = reinterpret_cast<std::uint64_t*>(scratch + memory.nonzero + s * words_size<T>(n, depth));
    with_activation<T>(Activation::CRelu, s, [&](auto act) { mark_nonzero(depth, n, packed_x, act, nonzero[s]); });
  }
  for (Index i = own.begin; i < own.end; i += Memory::kGroup) {
    const Index columns = std::min(Memory::kGroup, own.end - i), width = panels(columns, kTileColumns<T>);
    pack_whole_columns(a.data + i, a.cols, columns, depth, scratch);
    for (int s = 0; s < 2; s++) {
      const Sums<T> sums{scratch + memory.c + s * n * Memory::kGroup, Memory::kGroup};
      const auto done = [&](Index j, Index p) {
        return [sum = sums.at(j), p](Index, Index c, Vector<T> value) { sum(0, p * kTileColumns<T> + c, value); };
      };
      with_panels(width, [&](auto count) {
        multiply_panels<T, count()>(depth, n, packed_x, nonzero[s], scratch, kTileColumns<T> * depth, sums, false,
                                    done);
      });
    }
    for (Index v = 0; v < columns; v += kLanes<T>) {
      const Index count = std::min(kLanes<T>, columns - v);
      for (int s = 0; s < 2; s++)
        transpose_into(scratch + memory.c + s * n * Memory::kGroup + v, Memory::kGroup, n, count,
                       scratch + memory.rows + s * memory.stride, 2 * memory.stride);
      for (Index r = 0; r < count; r++) take(i + v + r, scratch + memory.rows + r * 2 * memory.stride);
    }
  }
}

}  // namespace psilon::cpu::PSILON_LEVEL
