/// Norms and scales of rows, and the way back from dW to dv and dg.

#include <cmath>

#include "bench.h"

namespace psilon::kernels {

namespace {

/// A row of a layer: v~, for its norm.
double norm_of(const Layer& layer, Index i, Normalization normalization) {
  double sum = 0, squares = 0;
  for (Index j = 0; j < layer.cols; j++) {
    const auto k = static_cast<std::size_t>(i * layer.cols + j);
    const double size = std::max(std::abs(layer.v[0][k]), layer.count == 2 ? std::abs(layer.v[1][k]) : 0);
    sum += size;
    squares += size * size;
  }
  return normalization == Normalization::L1 ? sum : std::sqrt(squares);
}

const char* show(Normalization normalization) {
  return normalization == Normalization::L1 ? ", l1" : normalization == Normalization::L2 ? ", l2" : ", none";
}

template <typename T>
void check_row_scales(Bench<T>& bench, const Layer& layer, Normalization normalization, bool shared) {
  const auto g = bench.draw(shared ? 1 : layer.rows);
  bench.check("row_scales", shape_of(layer) + show(normalization) + (shared ? ", shared" : ""),
              [&]<typename U>(Call<U>& call) {
                call.backend.row_scales({.v = call.in(layer),
                                         .normalization = normalization,
                                         .g = call.in(g),
                                         .shared = shared,
                                         .norm = call.out("norm", layer.rows, bench.tolerance.sum),
                                         .scale = call.out("scale", layer.rows, bench.tolerance.sum)});
              });
}

template <typename T>
void check_scale_rows(Bench<T>& bench, const Layer& layer) {
  const auto factor = bench.draw(layer.rows);
  bench.check("scale_rows", shape_of(layer), [&]<typename U>(Call<U>& call) {
    call.backend.scale_rows({.v = call.change("v", layer, bench.tolerance.entry), .factor = call.in(factor)});
  });
}

struct Backward {
  Normalization normalization;
  bool shared;
  double alpha;
  Penalty penalty;
  bool residual;
  bool keep_zeros;
};

std::string show(const Layer& layer, const Backward& way) {
  const char* penalties[] = {", no penalty", ", original path", ", improved path", ", l2 penalty"};
  return shape_of(layer) + show(way.normalization) + (way.shared ? ", shared" : "") + ", alpha " + text_of(way.alpha) +
         penalties[static_cast<int>(way.penalty)] + (way.residual ? ", residual" : "") +
         (way.keep_zeros ? ", zeros kept" : "");
}

/// The figures of each row are given, so that both sides agree on which entries lie above tau.
template <typename T>
void check_backward(Bench<T>& bench, const Layer& layer, const Backward& way) {
  const bool normalized = way.normalization != Normalization::None;
  const auto g = bench.draw(way.shared ? 1 : layer.rows);
  const auto r = bench.draw(layer.cols), q = bench.draw(layer.rows);
  Values norm, scale, tau;
  for (Index i = 0; i < layer.rows; i++) {
    norm.push_back(bench.round(norm_of(layer, i, way.normalization)));
    scale.push_back(bench.round(g[way.shared ? 0 : static_cast<std::size_t>(i)] / norm.back()));
    // below 0 every third time; else a third of the mean, so that some entries lie above it
    tau.push_back(bench.round(norm.back() / static_cast<double>(layer.cols) * (i % 3 == 1 ? -0.2 : 0.3)));
  }
  Layer dw{layer.count, layer.rows, layer.cols, {bench.draw(layer.rows * layer.cols), {}}};
  if (dw.count == 2) dw.v[1] = bench.draw(layer.rows * layer.cols);
  const double weight = bench.round(0.7), alpha = bench.round(way.alpha);
  bench.check("weights_backward", show(layer, way), [&]<typename U>(Call<U>& call) {
    call.backend.reserve(layer.rows, layer.cols, 1);
    call.backend.weights_backward(
        {.dw = call.change("dv", dw, bench.tolerance.sum),
         .v = call.in(layer),
         .normalization = way.normalization,
         .g = call.in(g),
         .shared = way.shared,
         .norm = normalized ? call.in(norm) : nullptr,
         .scale = normalized ? call.in(scale) : nullptr,
         .tau = way.alpha > 0 ? call.in(tau) : nullptr,
         .alpha = static_cast<U>(alpha),
         .term = {way.penalty, static_cast<U>(weight), call.in(r), call.in(q), way.residual},
         .keep_zeros = way.keep_zeros,
         .dg = normalized ? call.out("dg", way.shared ? 1 : layer.rows, bench.tolerance.sum) : nullptr,
         .dg_rows = call.scratch(layer.rows)});
  });
}

template <typename T>
void check_backwards(Bench<T>& bench, const Layer& layer) {
  for (const auto normalization : {Normalization::L1, Normalization::L2, Normalization::None})
    for (const bool shared : {false, true})
      for (const double alpha : {0.0, 0.3, 1.0})
        for (const auto penalty : {Penalty::None, Penalty::PathOriginal, Penalty::PathImproved, Penalty::L2})
          for (const bool residual : {false, true})
            for (const bool keep_zeros : {false, true}) {
              if (residual && (layer.rows != layer.cols || layer.count == 1)) continue;
              if (normalization == Normalization::None && (alpha > 0 || keep_zeros || shared)) continue;
              if (bench.next(layer.rows * layer.cols))
                check_backward(bench, layer, {normalization, shared, alpha, penalty, residual, keep_zeros});
            }
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
        for (const bool shared : {false, true}) check_row_scales(bench, layer, normalization, shared);
      check_scale_rows(bench, layer);
      check_backwards(bench, layer);
    }
}

template void check_weight_norm(Bench<float>&);
template void check_weight_norm(Bench<double>&);

}  // namespace psilon::kernels
