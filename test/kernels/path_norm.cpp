/// Products with the non-negative matrix of a layer, and the closed form of the path norm.

#include <cmath>

#include "bench.h"

namespace psilon::kernels {

namespace {

template <typename T>
void check_product(Bench<T>& bench, const Layer& layer, Bound bound, bool residual, bool scaled, bool transposed) {
  const char* bounds[] = {", original", ", improved", ", tight"};
  const auto scale = scaled ? bench.draw(layer.rows) : Values{};
  auto in = bench.draw(transposed ? layer.rows : layer.cols);
  for (double& x : in) x = std::abs(x);
  bench.check(
      "path_product",
      shape_of(layer) + bounds[static_cast<int>(bound)] + (residual ? ", residual" : "") + (scaled ? ", scaled" : "") +
          (transposed ? ", transposed" : ""),
      [&]<typename U>(Call<U>& call) {
        call.backend.path_product({.bound = bound,
                                   .w = {call.in(layer), call.in(scale)},
                                   .residual = residual,
                                   .transposed = transposed,
                                   .in = call.in(in),
                                   .out = call.out("out", transposed ? layer.cols : layer.rows, bench.tolerance.sum)});
      });
}

/// Factors of these lengths; a residual one where `residual`, one without a gradient where there are more than two.
template <typename T>
void check_closed(Bench<T>& bench, const std::vector<Values>& g, bool residual, double tolerance) {
  const double weight = bench.round(0.3);
  std::vector<Values> dg;
  for (const Values& lengths : g) dg.push_back(bench.draw(static_cast<Index>(lengths.size())));
  const std::string shape = std::to_string(g.size()) + " factors, the first of length " + std::to_string(g[0].size()) +
                            (residual ? ", residual" : "");
  bench.check("path_norm_closed", shape, [&]<typename U>(Call<U>& call) {
    std::vector<PathFactor<U>> factors;
    for (std::size_t k = 0; k < g.size(); k++)
      factors.push_back({.g = call.in(g[k]),
                         .length = static_cast<Index>(g[k].size()),
                         .residual = residual && k > 0,
                         .dg = k == 2 ? nullptr : call.change("dg", dg[k], tolerance)});
    call.backend.path_norm_closed({.factors = factors.data(),
                                   .count = static_cast<int>(factors.size()),
                                   .weight = static_cast<U>(weight),
                                   .value = call.out_double("value", 1, bench.tolerance.total)});
  });
}

template <typename T>
void check_closed_forms(Bench<T>& bench) {
  for (const bool residual : {false, true})
    for (const auto& lengths : std::vector<std::vector<Index>>{{1}, {1, 1}, {17, 1, 1, 129}}) {
      std::vector<Values> g;
      for (const Index length : lengths) g.push_back(bench.draw(length, 1 / static_cast<double>(length)));
      check_closed(bench, g, residual, bench.tolerance.entry);
    }
  // factors of 0.9 and 1.1 in turn, so that products of many are of order 1
  for (const std::size_t count : {64, 65, 150}) {
    std::vector<Values> g;
    for (std::size_t k = 0; k < count; k++) g.emplace_back(20, bench.round((k % 2 == 0 ? 0.9 : -1.1) / 20));
    check_closed(bench, g, false, bench.tolerance.sum);
  }
}

}  // namespace

template <typename T>
void check_path_norm(Bench<T>& bench) {
  std::vector<std::pair<Index, Index>> shapes{{1, 1},   {1, 9},   {7, 1},    {3, 5},
                                              {17, 33}, {33, 33}, {129, 65}, {48, 1030}};
  if (bench.large) shapes.insert(shapes.end(), {{400, 12}, {10, 500}, {400, 500}, {400, 400}});
  for (const auto& [rows, cols] : shapes)
    for (const int count : {1, 2}) {
      auto layer = bench.draw_layer(count, rows, cols);
      // diagonals beyond -1, where the three bounds part
      for (Index i = 0; i < std::min(rows, cols); i += 2) layer.v[0][static_cast<std::size_t>(i * cols + i)] = -1.25;
      for (const auto& bound : kWords<Bound>)
        for (const bool scaled : {false, true})
          for (const bool transposed : {false, true}) {
            if (!bench.next(rows * cols)) continue;
            check_product(bench, layer, bound.value, false, scaled, transposed);
            if (rows == cols && count == 2) check_product(bench, layer, bound.value, true, scaled, transposed);
          }
    }
  check_closed_forms(bench);
}

template void check_path_norm(Bench<float>&);
template void check_path_norm(Bench<double>&);

}  // namespace psilon::kernels
