/// Sums, sparsity of rows, gathering of rows.

#include "bench.h"

namespace psilon::kernels {

namespace {

template <typename T>
void check_sparsity(Bench<T>& bench, const Layer& layer, typename RowSparsity<T>::Kind kind, double scale, bool shared,
                    bool keep_zeros) {
  using Kind = typename RowSparsity<T>::Kind;
  if (!bench.next(layer.rows * layer.cols)) return;
  const char* kinds[] = {", near", ", exact", ", projected"};
  auto g = shared ? Values{1} : bench.draw(layer.rows);
  if (keep_zeros) g.clear();
  const std::string shape = shape_of(layer) + kinds[static_cast<int>(kind)] + " " + text_of(scale) +
                            (shared ? ", shared" : "") + (keep_zeros ? ", zeros kept" : "");
  // float32 may round one entry of a row to the other side of its threshold
  const double entry = 1.01 / static_cast<double>(layer.cols);
  const bool may_round = kind == Kind::Projected && sizeof(T) == 4 && layer.cols > 1;
  bench.check("row_sparsity", shape, [&]<typename U>(Call<U>& call) {
    call.backend.row_sparsity(
        {.kind = static_cast<typename RowSparsity<U>::Kind>(kind),
         .v = call.in(layer),
         .g = call.in(g),
         .shared = shared,
         .keep_zeros = keep_zeros,
         .scale = static_cast<U>(scale),
         .share = call.out_double("share", layer.count * layer.rows, may_round ? entry : bench.tolerance.total)});
  });
}

template <typename T>
void check_sparsities(Bench<T>& bench, const Layer& layer) {
  using Kind = typename RowSparsity<T>::Kind;
  for (const bool shared : {false, true})
    for (const bool keep_zeros : {false, true}) {
      check_sparsity(bench, layer, Kind::Near, 0, shared, keep_zeros);
      check_sparsity(bench, layer, Kind::Exact, 0, shared, keep_zeros);
      for (const double scale : {0.0, 0.5, 3.0})
        check_sparsity(bench, layer, Kind::Projected, scale, shared, keep_zeros);
    }
}

template <typename T>
void check_squared_norm(Bench<T>& bench, const Layer& layer, bool scaled) {
  const auto scale = scaled ? bench.draw(layer.rows) : Values{};
  bench.check("squared_norm", shape_of(layer) + (scaled ? ", scaled" : ""), [&]<typename U>(Call<U>& call) {
    call.backend.squared_norm({.w = {call.in(layer), call.in(scale)},
                               .row_sums = call.scratch_double(layer.rows),
                               .value = call.out_double("value", 1, bench.tolerance.total)});
  });
}

template <typename T>
void check_sums(Bench<T>& bench, Index count) {
  const auto x = bench.draw(count);
  bench.check("sum", std::to_string(count), [&]<typename U>(Call<U>& call) {
    call.backend.sum({call.in(x), count, call.out_double("value", 1, bench.tolerance.total)});
  });
  bench.check("sum_rows", std::to_string(count), [&]<typename U>(Call<U>& call) {
    call.backend.sum_rows({call.in_double(x), count, call.out_double("value", 1, bench.tolerance.total)});
  });
}

/// Rows in any order, some of them twice.
template <typename T>
void check_gather(Bench<T>& bench, Index rows, Index cols, Index count) {
  const auto x = bench.draw(rows * cols);
  std::vector<Index> order;
  for (Index k = 0; k < count; k++) {
    order.push_back(static_cast<Index>(bench.random.below(static_cast<std::uint64_t>(rows))));
  }
  bench.check("gather_rows", std::to_string(count) + " of " + shape_of(rows, cols), [&]<typename U>(Call<U>& call) {
    call.backend.gather_rows({.x = call.in(x, rows, cols),
                              .order = call.in(order),
                              .first = nullptr,
                              .out = call.out("out", count, cols, 0)});
  });
}

}  // namespace

template <typename T>
void check_reductions(Bench<T>& bench) {
  std::vector<std::pair<Index, Index>> shapes{{1, 1}, {1, 9}, {7, 1}, {3, 5}, {17, 33}, {129, 65}, {48, 1030}};
  if (bench.large) shapes.insert(shapes.end(), {{400, 12}, {400, 500}});
  for (const auto& [rows, cols] : shapes) {
    for (const int count : {1, 2}) {
      const auto layer = bench.draw_layer(count, rows, cols, 2);
      check_sparsities(bench, layer);
      for (const bool scaled : {false, true}) check_squared_norm(bench, layer, scaled);
    }
    check_gather(bench, rows, cols, 1);
    check_gather(bench, rows, cols, rows + 3);
  }
  // a row of zeros has no entropy
  Layer zeros = bench.draw_layer(1, 3, 5);
  std::fill_n(zeros.v[0].begin(), 5, 0.0);
  check_sparsity(bench, zeros, RowSparsity<T>::Kind::Near, 0, true, false);
  for (const Index count : {1, 2, 17, 100001}) check_sums(bench, count);
}

template void check_reductions(Bench<float>&);
template void check_reductions(Bench<double>&);

}  // namespace psilon::kernels
