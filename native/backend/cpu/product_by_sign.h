#pragma once

#include "backend/cpu/activations.h"
#include "backend/cpu/gemm.h"

/// Products on the way back behind CReLU: each element of x takes part with one of the two matrices, that of its sign,
/// so half of the multiply-adds are left out.
namespace psilon::cpu::PSILON_LEVEL {

/// Whether this is worth its way: products with fewer terms, or shorter vectors, are left to tiles.
template <typename T>
constexpr bool worth_choosing(int matrices, Index depth) {
  return matrices == 2 && depth >= kSkipDepth && kLanes<T> >= 8;
}

/// Columns of C at once: as many sums as keep the multiply-adds busy.
inline constexpr Index kChosen = 8;

/// sums[c] = <a, w_c> of `size` elements, in whole vectors, c < kChosen.
template <typename T>
[[gnu::noinline]] void multiply_chosen(Index size, const T* __restrict a, const T* const (&w)[kChosen],
                                       T* __restrict sums) {
  Vector<T> sum[kChosen] = {};
  for (Index k = 0; k < size; k += kLanes<T>) {
    const Vector<T> value = load(a + k);
#pragma GCC unroll 8
    for (Index c = 0; c < kChosen; c++) sum[c] += value * load(w[c] + k);
  }
  store<T>(sums, load(sums, kChosen) + sum_each<T>(sum), kChosen);
}

/// A thread's memory for C_ij = <a_i, column j of B_+ or B_->: a block of rows of A, kColumns columns of both B, for a
/// part of the depth at a time of which 2 kChosen stay in the first-level cache, and their sums.
template <typename T>
struct ChosenMemory {
  static constexpr Index kPart = 2048 / static_cast<Index>(sizeof(T)), kBlockBytes = 1024 * 1024;
  static constexpr Index kColumns = 64 / static_cast<Index>(sizeof(T)) * 2;  // whole cache lines of a row of B

  Index rows;      // of a block
  Index stride_a;  // of a packed row
  Index stride_b;  // of a packed column
  Index b;         // where it begins, A at 0
  Index sums;
  Index size;

  ChosenMemory(Index m, Index depth)
      : rows(std::min(m, rows_per_block<T>(depth, kBlockBytes))),
        stride_a(spread<T>(depth)),
        stride_b(spread<T>(std::min(depth, kPart))),
        b(rows * stride_a),
        sums(b + 2 * kColumns * stride_b),
        size(sums + rows * kColumns) {}
};

/// C [m, n]: pack_a(i, row) packs row i of A, pack_b(s, j, columns, k, depth, rows, stride) columns of B_s from row k
/// on as rows, `stride` apart; both up to whole vectors, with zeros. sign(i, j) is the s of C_ij, put(i, j, columns,
/// sums) takes some of row i.
template <typename T, typename PackA, typename PackB, typename Sign, typename Put>
void multiply_chosen_columns(Index m, Index n, Index depth, T* scratch, const PackA& pack_a, const PackB& pack_b,
                             const Sign& sign, const Put& put) {
  using Memory = ChosenMemory<T>;
  const Memory memory(m, depth);
  T *const b = scratch + memory.b, *const sums = scratch + memory.sums;
  const T* const packed[2] = {b, b + Memory::kColumns * memory.stride_b};
  for (Index first = 0; first < m; first += memory.rows) {
    const Index rows = std::min(memory.rows, m - first);
    for (Index i = 0; i < rows; i++) pack_a(first + i, scratch + i * memory.stride_a);
    for (Index j = 0; j < n; j += Memory::kColumns) {
      const Index columns = std::min(Memory::kColumns, n - j);
      std::fill(sums, sums + rows * Memory::kColumns, T(0));
      for (Index k = 0; k < depth; k += Memory::kPart) {
        const Index part = std::min(Memory::kPart, depth - k);
        for (int s = 0; s < 2; s++)
          pack_b(s, j, columns, k, part, b + s * Memory::kColumns * memory.stride_b, memory.stride_b);
        for (Index c = 0; c < columns; c += kChosen)
          for (Index i = 0; i < rows; i++) {
            const T* chosen[kChosen];
            for (Index u = 0; u < kChosen; u++) {
              const Index column = std::min(c + u, columns - 1);
              chosen[u] = packed[sign(first + i, j + column)] + column * memory.stride_b;
            }
            multiply_chosen<T>(part, scratch + i * memory.stride_a + k, chosen, sums + i * Memory::kColumns + c);
          }
      }
      for (Index i = 0; i < rows; i++) put(first + i, j, columns, sums + i * Memory::kColumns);
    }
  }
}

/// A thread's memory for C_s = A^T act_s(X), computed as its transpose: a group of columns of A, a block of columns of
/// X, C^T for that group, and of it a vector of rows of C.
template <typename T>
struct ChosenRowsMemory {
  static constexpr Index kGroup = kSkipPanels * kTileColumns<T>;

  Index stride;  // of a row of C_s
  Index x;       // where it begins, A at 0
  Index c;
  Index rows;
  Index nonzero;
  Index size;

  ChosenRowsMemory(Index n, Index depth)
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
void multiply_chosen_rows(Range own, Matrix<const T> a, Matrix<const T> x, T* scratch, const Take& take) {
  using Memory = ChosenRowsMemory<T>;
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
