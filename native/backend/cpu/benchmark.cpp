#include "backend/cpu/benchmark.h"

#include <chrono>
#include <vector>

#include "backend/cpu/gemm.h"

namespace psilon::cpu::PSILON_LEVEL {

namespace {

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

double median(std::vector<double>& values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

/// Multiplies and adds in as many registers as a tile has; returns operations per second.
template <typename T>
double run_in_registers(T* sink) {
  constexpr Index kRounds = 20000;
  Vector<T> sum[kTileRows][kTileVectors];
  for (auto& row : sum)
    for (auto& value : row) value = Vector<T>{} + T(1);
  const Vector<T> factor = Vector<T>{} + (T(0.999) + *sink), addend = Vector<T>{} + (T(0.001) + *sink);
  const double begin = now();
  for (Index round = 0; round < kRounds; round++) {
#pragma GCC unroll 16
    for (Index i = 0; i < kTileRows; i++) {
#pragma GCC unroll 2
      for (Index v = 0; v < kTileVectors; v++) sum[i][v] = sum[i][v] * factor + addend;
    }
  }
  const double seconds = now() - begin;
  for (const auto& row : sum)
    for (const auto& value : row) *sink += sum_lanes<T>(value);
  return static_cast<double>(2 * kRounds * kTileRows * kTileVectors * kLanes<T>) / seconds;
}

template <typename T>
double peak(int threads) {
  constexpr int kSamples = 5;
  ThreadPool pool(threads);
  std::vector<std::vector<double>> rates(static_cast<std::size_t>(threads));
  std::vector<T> sinks(static_cast<std::size_t>(threads) * 64);
  pool.run(threads, 1, [&](Index, Index, int thread) {
    for (int i = 0; i < kSamples; i++)
      rates[static_cast<std::size_t>(thread)].push_back(
          run_in_registers(&sinks[static_cast<std::size_t>(thread) * 64]));
  });
  double total = 0;
  for (auto& each : rates) total += median(each);
  return total;
}

template <typename T>
struct Operands {
  ProductShape shape;
  Scratch<T> a, b, c;
  Index rows;  // of a block

  explicit Operands(const ProductShape& of) : shape(of), rows(rows_per_block<T>(of.depth, 1024 * 1024)) {
    a.grow(round_up(of.m, kTileRows) * padded<T>(of.depth));
    b.grow(packed_size<T>(of));
    c.grow(round_up(of.m, kTileRows) * spread<T>(round_up(of.n, kTileColumns<T>)));
    for (Scratch<T>* each : {&a, &b, &c}) each->allocate();
  }
};

/// x [rows, cols] of small numbers, no two rows alike.
template <typename T>
Scratch<T> matrix(Index rows, Index cols) {
  Scratch<T> values;
  values.grow(rows * cols);
  values.allocate();
  for (Index i = 0; i < rows * cols; i++) values.data()[i] = static_cast<T>(i % 251) / T(251);
  return values;
}

template <typename T>
void pack(const ProductCase& product, const T* x, const T* v, Range rows, Range columns, Operands<T>& to) {
  const Index depth = to.shape.depth;
  const auto same = [](Vector<T> value, auto...) { return value; };
  for (Index i = 0; i < rows.size(); i += kTileRows) {
    const Index count = std::min(kTileRows, rows.size() - i);
    if (product.use == ProductUse::BackwardWeights)
      pack_by_depth(x + rows.begin + i, product.outputs, count, depth, to.a.data() + i * depth);
    else
      pack_by_lanes(x + (rows.begin + i) * depth, depth, count, depth, to.a.data() + i * padded<T>(depth), same);
  }
  if (product.use == ProductUse::Forward) {
    for (Index j = 0; j < columns.size(); j += kTileColumns<T>)
      pack_transposed(v + (columns.begin + j) * depth, depth, std::min(kTileColumns<T>, columns.size() - j), depth,
                      to.b.data() + j * depth);
  } else {
    pack_columns(v + columns.begin, product.inputs, columns.size(), depth, to.b.data(), kTileColumns<T> * depth, same);
  }
}

template <typename T, PackedA kPacked>
void multiply(const Operands<T>& operands) {
  const ProductShape& shape = operands.shape;
  const Index depth_a = kPacked == PackedA::ByDepth ? shape.depth : padded<T>(shape.depth);
  const Index stride = spread<T>(round_up(shape.n, kTileColumns<T>));
  for (Index first = 0; first < shape.m; first += operands.rows) {
    const auto sums = [&](int, Index j) { return Sums<T>{operands.c.data() + first * stride + j, stride}; };
    multiply_block<T, kPacked>(shape, std::min(operands.rows, shape.m - first), operands.a.data() + first * depth_a,
                               operands.b.data(), sums, [](auto...) {});
  }
}

/// The parts of all threads, as the operations cut them; but each is packed as a whole, so that packing and multiplying
/// can be measured apart.
template <typename T>
ProductTimes product(const ProductCase& of, int threads, int repeats) {
  const bool weights = of.use == ProductUse::BackwardWeights;
  const Index m = weights ? of.outputs : of.n, n = of.use == ProductUse::Forward ? of.outputs : of.inputs;
  const Index depth = weights ? of.n : of.use == ProductUse::Forward ? of.inputs : of.outputs;
  const auto x = matrix<T>(std::max(m, depth), std::max(m, depth)),
             v = matrix<T>(std::max(n, depth), std::max(n, depth));
  ThreadPool pool(threads);
  std::vector<Operands<T>> operands;
  std::vector<double> packing, multiplying;
  for (int thread = 0; thread < threads; thread++) operands.emplace_back(ProductShape{m, 1, n, depth});
  const auto cut = [&](const auto& work) {
    const auto with_columns = [&](Range rows, Range columns, int thread) { work(rows, columns, thread); };
    if (weights)
      for_each_rows(pool, m, m * n * depth, [&](Range rows, int thread) { work(rows, Range{0, n}, thread); });
    else
      for_each_part<T>(pool, m, n, m * n * depth, with_columns);
  };
  for (int i = 0; i <= repeats; i++) {
    const double begin = now();
    cut([&](Range rows, Range columns, int thread) {
      auto& own = operands[static_cast<std::size_t>(thread)];
      own.shape = {rows.size(), 1, columns.size(), depth};
      pack(of, x.data(), v.data(), rows, columns, own);
    });
    const double packed = now();
    cut([&](Range, Range, int thread) {
      const auto& own = operands[static_cast<std::size_t>(thread)];
      weights ? multiply<T, PackedA::ByDepth>(own) : multiply<T, PackedA::ByLanes>(own);
    });
    const double end = now();
    if (i == 0) continue;  // warm-up
    packing.push_back(packed - begin);
    multiplying.push_back(end - packed);
  }
  return {median(multiplying), median(packing)};
}

}  // namespace

Benchmark benchmark_float();
Benchmark benchmark_double();

Benchmark benchmark_float() { return {peak<float>, product<float>}; }
Benchmark benchmark_double() { return {peak<double>, product<double>}; }

}  // namespace psilon::cpu::PSILON_LEVEL
