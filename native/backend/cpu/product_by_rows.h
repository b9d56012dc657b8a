#pragma once

#include "backend/cpu/gemm.h"

namespace psilon::cpu::PSILON_LEVEL {

/// A thread's memory for a product whose rows are used up where they are computed: packed B, and beside it a block of
/// rows of packed A and of C. Where B is too deep to stay in the second-level cache, and twice as deep as the whole C,
/// of all threads, has rows, a chunk of its depth at a time; C then has all rows of the thread.
template <typename T>
struct RowsMemory {
  static constexpr Index kPackedBytes = 1024 * 1024, kBlockBytes = 192 * 1024, kShortestChunk = 256;

  Index stride;  // of a row of C_s
  Index chunk;   // of depth
  Index rows;    // of a block
  Index a;       // where it begins, B at 0
  Index c;
  Index nonzero;  // see skip_zeros.h
  Index size;     // grows with the depth, but for where chunks begin

  RowsMemory(const ProductShape& shape, Index whole) : stride(spread<T>(shape.n)) {
    constexpr Index bytes = static_cast<Index>(sizeof(T)), word = static_cast<Index>(sizeof(std::uint64_t)) / bytes;
    const Index deep = packed_size<T>({0, shape.matrices, shape.n, 1}) * bytes;
    const Index longest = round_up(std::max(kShortestChunk, kPackedBytes / deep), kLanes<T>);
    chunk = shape.depth < 2 * whole ? shape.depth : std::min(shape.depth, longest);
    const Index all = round_up(shape.m, kTileRows), sums = shape.matrices * stride;
    const Index length = sums + padded<T>(chunk) + words(chunk) * word;
    rows = std::min(rows_per_block<T>(length, kBlockBytes), all);
    a = packed_size<T>({0, shape.matrices, shape.n, chunk});
    c = a + rows * padded<T>(chunk);
    const bool chunked = chunk < shape.depth;
    nonzero = c + (chunked ? all : rows) * sums;
    const Index block = std::min(all * length, std::max(kTileRows * length, kBlockBytes / bytes));
    size = round_up(a + block + (chunked ? all * sums : 0), kLanes<T>);
  }

  /// The most for any depth up to that of `shape`.
  static Index max_size(ProductShape shape, Index whole) {
    const Index size = RowsMemory(shape, whole).size;
    shape.depth = std::min(shape.depth, 2 * whole - 1);
    return std::max(size, RowsMemory(shape, whole).size);
  }
};

/// `whole`: rows of C of all threads. pack_b(k, depth, panels) packs rows of B from k on, pack_a(i, rows, k, depth,
/// panel) rows of A from i on, by lanes; take(i, row) gets row i of C_0, and of C_1 after `stride` elements.
template <typename T, typename PackA, typename PackB, typename Take>
void multiply_by_rows(const ProductShape& shape, Index whole, T* scratch, const PackA& pack_a, const PackB& pack_b,
                      const Take& take) {
  const RowsMemory<T> memory(shape, whole);
  const Index row_size = shape.matrices * memory.stride;
  T *const b = scratch, *const a = scratch + memory.a;
  auto* const nonzero = reinterpret_cast<std::uint64_t*>(scratch + memory.nonzero);
  for (Index k = 0; k < shape.depth; k += memory.chunk) {
    const Index depth = std::min(memory.chunk, shape.depth - k);
    const bool last = k + depth == shape.depth;
    pack_b(k, depth, b);
    for (Index first = 0; first < shape.m; first += memory.rows) {
      const Index rows = std::min(memory.rows, shape.m - first);
      T* const c = scratch + memory.c + (memory.chunk < shape.depth ? first * row_size : 0);
      const auto sums = [&](int s, Index j, Index) { return Sums<T>{c + s * memory.stride + j, row_size}; };
      const auto done = [&](Index i, Index, int s, Index j, Index) { return sums(s, j, 1).at(i); };
      for (Index i = 0; i < rows; i += kTileRows)
        pack_a(first + i, std::min(kTileRows, rows - i), k, depth, a + i * padded<T>(depth));
      const ProductShape part{rows, shape.matrices, shape.n, depth};
      multiply_block<T>(part, rows, a, b, mark_if_few(part, a, nonzero), sums, k > 0, done);
      for (Index i = 0; last && i < rows; i++) take(first + i, c + i * row_size);
    }
  }
}

}  // namespace psilon::cpu::PSILON_LEVEL
