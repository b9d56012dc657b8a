#include "product_benchmark.h"

#include <chrono>
#include <vector>

#include "backend/cpu/product_by_rows.h"
#include "backend/cpu/product_by_tiles.h"

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

/// x [rows, cols] of small numbers, no two rows alike.
template <typename T>
std::vector<T> matrix(Index rows, Index cols) {
  std::vector<T> values(static_cast<std::size_t>(rows * cols));
  for (std::size_t i = 0; i < values.size(); i++) values[i] = static_cast<T>(i % 251) / T(251);
  return values;
}

/// A product that is ready to run on a team of threads.
template <typename T>
class Product {
 public:
  Product(const ProductCase& of, int threads)
      : of_(of),
        first_(matrix<T>(of.n, of.use == ProductUse::Forward ? of.inputs : of.outputs)),
        second_(of.use == ProductUse::BackwardWeights ? matrix<T>(of.n, of.inputs) : matrix<T>(of.outputs, of.inputs)),
        result_(matrix<T>(of.n, std::max(of.inputs, of.outputs))),
        scratch_(static_cast<std::size_t>(threads)),
        pool_(threads) {
    const bool weights = of.use == ProductUse::BackwardWeights, forward = of.use == ProductUse::Forward;
    const ProductShape whole =
        weights ? ProductShape{of.outputs, 1, of.inputs, of.n}
                : ProductShape{of.n, 1, forward ? of.outputs : of.inputs, forward ? of.inputs : of.outputs};
    for (auto& each : scratch_) {
      each.grow(weights ? RowsMemory<T>(whole, whole.m).size : TilesMemory<T>(whole).size);
      each.allocate();
    }
  }

  /// As the operations do it, but for what they do to the sums; without packing, on what was packed before.
  void run(bool packing) {
    if (of_.use == ProductUse::BackwardWeights)
      for_each_rows(pool_, of_.outputs, multiply_adds(),
                    [&](Range rows, int thread) { by_rows(rows, thread, packing); });
    else
      for_each_part<T>(pool_, of_.n, of_.use == ProductUse::Forward ? of_.outputs : of_.inputs, multiply_adds(),
                       [&](Range rows, Range columns, int thread) { by_tiles(rows, columns, thread, packing); });
  }

 private:
  Index multiply_adds() const { return of_.n * of_.inputs * of_.outputs; }
  T* scratch(int thread) const { return scratch_[static_cast<std::size_t>(thread)].data(); }

  void by_tiles(Range rows, Range columns, int thread, bool packing) {
    const bool forward = of_.use == ProductUse::Forward;
    const Index depth = forward ? of_.inputs : of_.outputs, width = forward ? of_.outputs : of_.inputs;
    const auto same = [](Vector<T> value, auto...) { return value; };
    const auto pack_a = [&](Index i, Index count, T* panel) {
      if (packing) pack_by_lanes(first_.data() + (rows.begin + i) * depth, depth, count, depth, panel, same);
    };
    const auto pack_b = [&](Index begin, Index count, T* panels) {
      begin += columns.begin;
      if (packing && !forward)
        pack_columns(second_.data() + begin, width, count, depth, panels, kTileColumns<T> * depth, same);
      for (Index j = 0; packing && forward && j < count; j += kTileColumns<T>)
        pack_transposed(second_.data() + (begin + j) * depth, depth, std::min(kTileColumns<T>, count - j), depth,
                        panels + j * depth);
    };
    T* c = result_.data() + rows.begin * width + columns.begin;
    multiply_by_tiles<T>({rows.size(), 1, columns.size(), depth}, scratch(thread), pack_a, pack_b,
                         [=](Index i, Index j, Vector<T> z, auto lanes) { store<T>(c + i * width + j, z, lanes); });
  }

  void by_rows(Range rows, int thread, bool packing) {
    const auto pack_a = [&](Index i, Index count, Index k, Index depth, T* panel) {
      i += rows.begin;
      if (packing) pack_columns_by_lanes(first_.data() + k * of_.outputs + i, of_.outputs, count, depth, panel);
    };
    const auto pack_b = [&](Index k, Index depth, T* panels) {
      if (packing)
        pack_columns(second_.data() + k * of_.inputs, of_.inputs, of_.inputs, depth, panels, kTileColumns<T> * depth,
                     [](Vector<T> value) { return value; });
    };
    multiply_by_rows<T>({rows.size(), 1, of_.inputs, of_.n}, of_.outputs, scratch(thread), pack_a, pack_b,
                        [](Index, T*) {});
  }

  ProductCase of_;
  std::vector<T> first_, second_, result_;
  std::vector<Scratch<T>> scratch_;
  ThreadPool pool_;
};

/// Products for about `seconds`.
template <typename T>
void load_processor(double seconds) {
  Product<T> product({ProductUse::Forward, 196, 256, 256}, 1);
  const double begin = now();
  do product.run(true);
  while (now() - begin < seconds);
}

template <typename T>
double peak(int threads, bool beside_products) {
  constexpr int kSamples = 5;
  constexpr double kLoadSeconds = 3e-3;
  ThreadPool pool(threads);
  std::vector<std::vector<double>> rates(static_cast<std::size_t>(threads));
  std::vector<T> sinks(static_cast<std::size_t>(threads) * 64);
  pool.run(threads, 1, [&](Index, Index, int thread) {
    for (int i = 0; i < kSamples; i++) {
      if (beside_products) load_processor<T>(kLoadSeconds);
      rates[static_cast<std::size_t>(thread)].push_back(
          run_in_registers(&sinks[static_cast<std::size_t>(thread) * 64]));
    }
  });
  double total = 0;
  for (auto& each : rates) total += median(each);
  return total;
}

template <typename T>
ProductTimes product(const ProductCase& of, int threads, int repeats) {
  Product<T> product(of, threads);
  std::vector<double> whole, alone;
  for (int i = 0; i <= repeats; i++) {
    const double begin = now();
    product.run(true);
    const double middle = now();
    product.run(false);
    const double end = now();
    if (i == 0) continue;  // warm-up
    whole.push_back(middle - begin);
    alone.push_back(end - middle);
  }
  const double seconds = median(alone);
  return {seconds, std::max(0.0, median(whole) - seconds)};
}

}  // namespace

Benchmark benchmark_float();
Benchmark benchmark_double();

Benchmark benchmark_float() { return {peak<float>, product<float>}; }
Benchmark benchmark_double() { return {peak<double>, product<double>}; }

}  // namespace psilon::cpu::PSILON_LEVEL
