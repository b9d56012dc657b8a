/// Norms and scales of rows.

#include "bench.h"

namespace psilon::kernels {

namespace {

template <typename T>
void check_row_scales(Bench<T>& bench, const Layer& layer, Normalization normalization, bool shared, bool known) {
  const auto g = bench.draw(shared ? 1 : layer.rows);
  Values norm;
  for (Index i = 0; i < layer.rows; i++) norm.push_back(bench.round(1 + 0.1 * static_cast<double>(i)));
  const std::string shape =
      shape_of(layer) + ", " + name_of(normalization) + (shared ? ", shared" : "") + (known ? ", known norms" : "");
  bench.check("row_scales", shape, [&]<typename U>(Call<U>& call) {
    call.backend.row_scales(
        {.v = call.in(layer),
         .normalization = normalization,
         .g = call.in(g),
         .shared = shared,
         .known = known,
         .norm = known ? call.change("norm", norm, 0) : call.out("norm", layer.rows, bench.tolerance.sum),
         .scale = call.out("scale", layer.rows, bench.tolerance.sum)});
  });
}

/// Of more layers than go into one launch, of different shapes.
template <typename T>
void check_row_scales_of(Bench<T>& bench, bool known) {
  std::vector<Layer> layers;
  for (Index k = 0; k < 40; k++) layers.push_back(bench.draw_layer(k % 2 == 0 ? 1 : 2, 1 + 7 * k % 300, 1 + k % 9));
  bench.check("row_scales_of", known ? "40 layers, known norms" : "40 layers", [&]<typename U>(Call<U>& call) {
    std::vector<RowScales<U>> all;
    for (const Layer& layer : layers) {
      const Values ones(static_cast<std::size_t>(layer.rows), 1);
      all.push_back({.v = call.in(layer),
                     .normalization = layer.count == 1 ? Normalization::L1 : Normalization::L2,
                     .g = call.in(Values{2}),
                     .shared = true,
                     .known = known,
                     .norm = known ? call.change("norm", ones, 0) : call.out("norm", layer.rows, bench.tolerance.sum),
                     .scale = call.out("scale", layer.rows, bench.tolerance.sum)});
    }
    call.backend.row_scales_of(all);
  });
}

template <typename T>
void check_scale_rows(Bench<T>& bench, const Layer& layer) {
  const auto factor = bench.draw(layer.rows);
  bench.check("scale_rows", shape_of(layer), [&]<typename U>(Call<U>& call) {
    call.backend.scale_rows({.v = call.change("v", layer, bench.tolerance.entry), .factor = call.in(factor)});
  });
}

}  // namespace

template <typename T>
void check_weight_norm(Bench<T>& bench) {
  std::vector<std::pair<Index, Index>> shapes{{1, 1},   {1, 9},   {7, 1},    {3, 5},
                                              {17, 33}, {33, 33}, {129, 65}, {48, 1030}};
  if (bench.large) shapes.insert(shapes.end(), {{400, 12}, {10, 500}, {400, 500}});
  for (const auto& [rows, cols] : shapes)
    for (const int count : {1, 2}) {
      const auto layer = bench.draw_layer(count, rows, cols);
      for (const auto normalization : {Normalization::L1, Normalization::L2})
        for (const bool shared : {false, true})
          for (const bool known : {false, true}) check_row_scales(bench, layer, normalization, shared, known);
      check_scale_rows(bench, layer);
    }
  for (const bool known : {false, true}) check_row_scales_of(bench, known);
}

template void check_weight_norm(Bench<float>&);
template void check_weight_norm(Bench<double>&);

}  // namespace psilon::kernels
