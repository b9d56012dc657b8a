/// From dz and x to the gradients of a layer, or straight to the next weights.

#include <cmath>
#include <limits>

#include "bench.h"

namespace psilon::kernels {

namespace {

/// [n, in] times the transpose of `count` matrices [out, in], of batches of up to `batch` rows, by default n
struct Shape {
  Index n, in, out;
  int count;
  Index batch = n;
};

struct Way {
  Normalization normalization;
  bool shared;
  double alpha;
  Regularizer regularizer;
  bool residual;
  bool keep_zeros;
  bool adam;
  Activation activation;
};

std::string show(const Layer& layer, Index n, const Way& way) {
  const char* activations[] = {", identity", ", relu", ", crelu"};
  return std::to_string(n) + " rows, " + shape_of(layer) + activations[static_cast<int>(way.activation)] + ", " +
         name_of(way.normalization) + (way.shared ? ", shared" : "") + ", alpha " + text_of(way.alpha) +
         ", regularizer " + name_of(way.regularizer) + (way.residual ? ", residual" : "") +
         (way.keep_zeros ? ", zeros kept" : "") + (way.adam ? ", adam" : "");
}

/// All that make sense, in an order in which neighbours differ in much.
std::vector<Way> ways() {
  std::vector<Way> all;
  for (const auto normalization : {Normalization::L1, Normalization::L2, Normalization::None})
    for (const bool shared : {false, true})
      for (const double alpha : {0.0, 0.3, 1.0})
        for (const auto regularizer :
             {Regularizer::None, Regularizer::Path, Regularizer::PathImproved, Regularizer::L2})
          for (const bool residual : {false, true})
            for (const bool keep_zeros : {false, true})
              for (const bool adam : {false, true}) {
                if (normalization == Normalization::None && (alpha > 0 || shared)) continue;
                const auto activation = all.size() % 3 > 0 ? Activation::Relu : Activation::Identity;
                all.push_back({normalization, shared, alpha, regularizer, residual, keep_zeros, adam, activation});
              }
  return all;
}

/// What one check starts from. The figures of each row are given, so that both sides agree on what lies above tau.
template <typename T>
struct Case {
  Layer layer, m, u;
  Values x, dz, g, r, q, norm, scale, tau;

  Case(Bench<T>& bench, const Shape& shape, const Way& way, bool thin = false)
      : layer(bench.draw_layer(shape.count, shape.out, shape.in)) {
    m = u = layer;
    for (int s = 0; s < shape.count; s++) {
      m.v[s] = bench.draw(shape.out * shape.in);
      u.v[s] = bench.draw(shape.out * shape.in);
      for (double& each : u.v[s]) each = bench.round(0.5 + std::abs(each));  // a step divides by its root
    }
    x = bench.draw(shape.n * shape.in);
    dz = bench.draw(shape.n * shape.out, 1 / std::sqrt(static_cast<double>(shape.n)));
    if (thin) bench.thin(dz);
    g = bench.draw(way.shared ? 1 : shape.out);
    r = bench.draw(shape.in);
    q = bench.draw(shape.out);
    const Matrices<const double> v{{layer.v[0].data(), layer.v[1].data()}, shape.count, shape.out, shape.in};
    for (Index i = 0; i < shape.out; i++) {
      norm.push_back(bench.round(row_norm(v, i, way.normalization)));
      scale.push_back(bench.round(g[way.shared ? 0 : static_cast<std::size_t>(i)] / norm.back()));
      // below 0 every third time; else a third of the mean, so that some entries lie above it
      tau.push_back(bench.round(norm.back() / static_cast<double>(shape.in) * (i % 3 == 1 ? -0.2 : 0.3)));
    }
  }
};

/// What is asked: the gradients of the weights; also that of the inputs; where some are not finite, no figure of norms.
enum class Asked { Weights, Layer, Diverged };

/// The new weights take the place of v and of its norms, as in training.
template <typename T>
void check(Bench<T>& bench, const Case<T>& given, const Shape& shape, const Way& way, Asked asked) {
  const Index n = shape.n;
  const bool diverged = asked == Asked::Diverged;
  const Layer& layer = given.layer;
  const bool normalized = way.normalization != Normalization::None;
  const double weight = bench.round(0.7), alpha = bench.round(way.alpha), sum = bench.tolerance.sum;
  const auto rate = AdamRate<double>::of(0.9, 0.999, 0.01 / (1 - std::pow(0.9, 3)), std::sqrt(1 - std::pow(0.999, 3)));
  const char* operation = asked == Asked::Layer ? "layer_backward" : "weights_backward";
  bench.check(operation, show(layer, n, way) + (diverged ? ", diverged" : ""), [&]<typename U>(Call<U>& call) {
    LayerGradient<U> gradient{};
    U* changed_norm = nullptr;
    if (way.adam) {
      if (normalized && !diverged) changed_norm = call.change("norm", given.norm, sum);
      gradient.adam = {.v = call.change("v", layer, sum),
                       .m = call.change("m", given.m, sum),
                       .u = call.change("u", given.u, sum),
                       .norm = normalized && diverged ? call.scratch(layer.rows) : changed_norm,
                       .rate = call.in(rate),
                       .diverged = call.change_flag("diverged", false)};
    } else {
      gradient.dv = call.out("dv", layer, sum);
    }
    gradient.dg = normalized ? call.out("dg", way.shared ? 1 : layer.rows, sum) : nullptr;
    gradient.db = call.out("db", layer.rows, sum);
    const U* norm = changed_norm != nullptr ? changed_norm : normalized ? call.in(given.norm) : nullptr;
    call.backend.reserve({shape.batch, layer.cols, layer.rows, layer.count, true});
    const WeightsBackward<U> op{
        .activation = way.activation,
        .dz = call.in(given.dz, n, layer.rows),
        .x = call.in(given.x, n, layer.cols),
        .v = way.adam ? Matrices<const U>(gradient.adam.v) : call.in(layer),
        .normalization = way.normalization,
        .g = normalized ? call.in(given.g) : nullptr,
        .shared = way.shared,
        .norm = norm,
        .scale = normalized ? call.in(given.scale) : nullptr,
        .tau = way.alpha > 0 ? call.in(given.tau) : nullptr,
        .alpha = way.alpha > 0 ? call.in(Values{alpha}) : nullptr,
        .term = {way.regularizer, static_cast<U>(weight), call.in(given.r), call.in(given.q), way.residual},
        .keep_zeros = way.keep_zeros,
        .dg_rows = call.scratch(layer.rows),
        .gradient = gradient};
    if (asked != Asked::Layer) return call.backend.weights_backward(op);
    const LinearBackwardInput<U> input{.dz = op.dz,
                                       .w = {op.v, op.scale},
                                       .x = op.x,
                                       .residual = way.residual,
                                       .dx = call.out("dx", n, layer.cols, sum)};
    call.backend.layer_backward(input, op);
  });
}

template <typename T>
void check(Bench<T>& bench, const Shape& shape, Way way, Asked asked, bool thin = false) {
  if (shape.count == 2) way.activation = Activation::CRelu;
  way.residual = way.residual && shape.count == 2 && shape.in == shape.out;
  check(bench, Case<T>(bench, shape, way, thin), shape, way, asked);
}

/// NaN in one gradient, or infinity in one second moment, of whichever thread it is.
template <typename T>
void check_divergence(Bench<T>& bench) {
  const Way way{Normalization::L1, true, 0, Regularizer::None, false, false, true, Activation::Relu};
  const Shape shape{200, 16, 61, 1};
  for (const Index row : {Index{0}, Index{33}, shape.out - 1}) {
    Case<T> nan(bench, shape, way), infinite = nan;
    nan.dz[static_cast<std::size_t>(17 * shape.out + row)] = std::numeric_limits<double>::quiet_NaN();
    check(bench, nan, shape, way, Asked::Diverged);
    infinite.u.v[0][static_cast<std::size_t>(row * shape.in)] = std::numeric_limits<double>::infinity();
    check(bench, infinite, shape, way, Asked::Diverged);
  }
}

}  // namespace

template <typename T>
void check_weights_backward(Bench<T>& bench) {
  const auto all = ways();
  for (const int count : {1, 2}) {
    for (const Way& way : all) {
      for (const auto asked : {Asked::Weights, Asked::Layer}) check(bench, {3, 5, 5, count}, way, asked);
      if (bench.large) check(bench, {17, 33, 33, count}, way, Asked::Layer);
    }
    // the others take turns; 89 is prime to their number
    std::size_t turn = 0;
    const auto check_next = [&](const Shape& shape, int times) {
      for (int i = 0; i < times; i++, turn++)
        check(bench, shape, all[turn * 89 % all.size()], turn % 2 == 0 ? Asked::Weights : Asked::Layer);
    };
    for (Index in = 1; in <= 16; in++)
      for (Index out = 1; out <= 10; out++)
        for (const Index n : {1, 3, 17, 200, 1100})
          if ((in + out + n) % (bench.large ? 2 : 12) == 0) check_next({n, in, out, count}, 1);
    // wide and tall, products of several blocks, sums of several parts and of several chunks
    check_next({5, 129, 65, count}, 6);
    check_next({1030, 20, 17, count}, 2);
    // a last batch that is shorter, and may be cut into other blocks and chunks
    for (const Index n : {2, 62}) check_next({n, 200, 200, count, 64}, 1);
    check_next({2, 129, 200, count, 5}, 1);
    check_next({390, 100, 100, count, 400}, 1);
    if (!bench.large) continue;
    check_next({17, 1030, 48, count}, 6);
    check_next({200, 500, 48, count}, 6);
    check_next({1100, 40, 130, count}, 6);
    check_next({24, 12, 400, count}, 6);
    check_next({1100, 300, 20, count}, 4);
    for (const Index width : {Index{130}, Index{200}, Index{285}})  // zeros that are skipped
      check(bench, {70, width, 20, count}, all[static_cast<std::size_t>(width)], Asked::Weights, true);
    for (const Index n : {30, 510, 540, 599}) check_next({n, 300, 16, count, 600}, 1);
    for (const Index n : {300, 1023, 1999}) check_next({n, 60, 600, count, 2048}, 1);
  }
  check_divergence(bench);
}

template void check_weights_backward(Bench<float>&);
template void check_weights_backward(Bench<double>&);

}  // namespace psilon::kernels
