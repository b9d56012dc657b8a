/// Thresholds of rows, and weights between normalised and projected.

#include "bench.h"

namespace psilon::kernels {

namespace {

template <typename T>
void check_thresholds(Bench<T>& bench, const Layer& layer, const std::string& what) {
  for (const bool keep_zeros : {false, true})
    bench.check(
        "thresholds", shape_of(layer) + ", " + what + (keep_zeros ? ", zeros kept" : ""),
        [&]<typename U>(Call<U>& call) {
          call.backend.thresholds(
              {.v = call.in(layer), .keep_zeros = keep_zeros, .tau = call.out("tau", layer.rows, bench.tolerance.sum)});
        });
}

template <typename T>
void check_blend(Bench<T>& bench, const Layer& layer, double share, bool scaled, bool shared) {
  const double alpha = bench.round(share);
  const auto scale = scaled ? bench.draw(layer.rows) : Values{};
  // of the sign of the scale, as g and g / n are
  Values g;
  for (std::size_t i = 0; scaled && i < (shared ? 1 : scale.size()); i++) g.push_back(2 * scale[i]);
  Values tau;
  for (Index i = 0; i < layer.rows; i++)
    tau.push_back(bench.round((i % 3 == 1 ? -0.2 : 0.6) / static_cast<double>(layer.cols)));
  const std::string shape =
      shape_of(layer) + ", alpha " + text_of(alpha) + (scaled ? ", scaled" : "") + (shared ? ", shared" : "");
  for (const bool keep_zeros : {false, true})
    for (const bool in_place : {false, true}) {
      if (!bench.next(layer.rows * layer.cols)) continue;
      bench.check("blend", shape + (keep_zeros ? ", zeros kept" : "") + (in_place ? ", in place" : ""),
                  [&]<typename U>(Call<U>& call) {
                    const auto w = in_place ? call.change("w", layer, bench.tolerance.entry)
                                            : call.out("w", layer, bench.tolerance.entry);
                    call.exact_zeros();
                    call.backend.blend({.v = in_place ? Matrices<const U>(w) : call.in(layer),
                                        .scale = call.in(scale),
                                        .g = call.in(g),
                                        .shared = shared,
                                        .tau = call.in(tau),
                                        .keep_zeros = keep_zeros,
                                        .alpha = alpha == 1 ? nullptr : call.in(Values{alpha}),
                                        .w = w});
                  });
    }
}

}  // namespace

template <typename T>
void check_projection(Bench<T>& bench) {
  std::vector<std::pair<Index, Index>> shapes{{1, 1}, {1, 9}, {7, 1}, {3, 5}, {17, 33}, {129, 65}, {48, 1030}};
  if (bench.large) shapes.insert(shapes.end(), {{400, 12}, {400, 500}});
  for (const auto& [rows, cols] : shapes)
    for (const int count : {1, 2}) {
      check_thresholds(bench, bench.draw_layer(count, rows, cols, 0.5), "norm below 1");
      check_thresholds(bench, bench.draw_layer(count, rows, cols, 1.2), "norm about 1");
      check_thresholds(bench, bench.draw_layer(count, rows, cols, 50), "norm far above 1");
      check_thresholds(bench, bench.draw_layer(count, rows, cols, 1e30), "norm beyond the digits of 1");
      const auto layer = bench.draw_layer(count, rows, cols);
      for (const double alpha : {0.0, 0.3, 1.0}) {
        check_blend(bench, layer, alpha, false, true);
        for (const bool shared : {false, true}) check_blend(bench, layer, alpha, true, shared);
      }
    }
}

template void check_projection(Bench<float>&);
template void check_projection(Bench<double>&);

}  // namespace psilon::kernels
