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

/// A thread's memory for C_s = A^T act_s(X), computed as its transpose: a group of columns of A, a block of columns of
/// X, C^T for that group, and of it a vector of rows of C.
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
        c(x + kSkipRows * padded<T>(depth)),
        rows(c + 2 * n * kGroup),
        nonzero(rows + kLanes<T> * 2 * stride),
        size(nonzero + words_size<T>(kSkipRows, depth)) {}
};

/// C_s [m, n] for the rows `own` of a thread, A [depth, ..], X [depth, n]; take(i, row) gets row i of C_0, and of C_1
/// after `stride` elements.
template <typename T, typename Take>
void multiply_by_halves(Range own, Matrix<const T> a, Matrix<const T> x, T* scratch, const Take& take) {
  using Memory = HalvesMemory<T>;
  const Index n = x.cols, depth = x.rows;
  const Memory memory(n, depth);
  auto* const nonzero = reinterpret_cast<std::uint64_t*>(scratch + memory.nonzero);
  for (Index i = own.begin; i < own.end; i += Memory::kGroup) {
    const Index columns = std::min(Memory::kGroup, own.end - i), width = panels(columns, kTileColumns<T>);
    pack_whole_columns(a.data + i, a.cols, columns, depth, scratch);
    for (Index j = 0; j < n; j += kSkipRows) {
      const Index rows = std::min(kSkipRows, n - j);
      for (Index r = 0; r < rows; r += kTileRows)
        pack_columns_by_lanes(x.data + j + r, n, std::min(kTileRows, rows - r), depth,
                              scratch + memory.x + r * padded<T>(depth));
      for (int s = 0; s < 2; s++) {
        const Sums<T> sums{scratch + memory.c + (s * n + j) * Memory::kGroup, Memory::kGroup};
        with_activation<T>(Activation::CRelu, s, [&](auto act) {
          mark_nonzero(depth, rows, scratch + memory.x, act, nonzero);
          with_panels(width, [&](auto count) {
            multiply_panels<T, count()>(depth, rows, scratch + memory.x, nonzero, scratch, kTileColumns<T> * depth,
                                        sums, false, [&](Index r, Index p) {
                                          return [sum = sums.at(r), p](Index, Index c, Vector<T> value) {
                                            sum(0, p * kTileColumns<T> + c, value);
                                          };
                                        });
          });
        });
      }
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
