/// The gradient of a whole batch. Inputs, weights and scales are small multiples of powers of 2, so that the outputs of
/// layers are exact, and whether one is above, below or at 0 does not depend on how sums are rounded.

#include <algorithm>
#include <cmath>

#include "bench.h"

namespace psilon::kernels {

namespace {

/// `widths`: inputs, units of each hidden layer, outputs. resnet: CReLU and residual blocks where widths are equal.
struct Network {
  Index n;
  std::vector<Index> widths;
  bool resnet;
  Index batch = n;  // that memory is reserved for
};

struct Way {
  Loss loss;
  Normalization normalization;
  bool shared;
  double alpha;
  Regularizer regularizer;
  bool keep_zeros;
  bool adam;
  bool weighted;
};

std::vector<Way> ways() {
  std::vector<Way> all;
  for (const auto normalization : {Normalization::L1, Normalization::L2, Normalization::None})
    for (const bool shared : {false, true})
      for (const double alpha : {0.0, 0.3, 1.0})
        for (const auto regularizer :
             {Regularizer::None, Regularizer::Path, Regularizer::PathImproved, Regularizer::L2})
          for (const bool keep_zeros : {false, true})
            for (const bool adam : {false, true}) {
              if (normalization == Normalization::None && (alpha > 0 || shared)) continue;
              const Loss loss = kWords<Loss>[all.size() % kWords<Loss>.size()].value;
              all.push_back({loss, normalization, shared, alpha, regularizer, keep_zeros, adam, all.size() % 3 == 1});
            }
  return all;
}

std::string show(const Network& network, const Way& way) {
  std::string text = std::to_string(network.n) + " rows";
  for (const Index width : network.widths) text += " x " + std::to_string(width);
  return text + (network.resnet ? ", resnet, " : ", mlp, ") + name_of(way.loss) + ", " + name_of(way.normalization) +
         (way.shared ? ", shared" : "") + ", alpha " + text_of(way.alpha) + ", regularizer " +
         name_of(way.regularizer) + (way.keep_zeros ? ", zeros kept" : "") + (way.adam ? ", adam" : "") +
         (way.weighted ? ", weighted" : "");
}

/// What one check starts from. w: the weights of forward passes, if they are not v.
template <typename T>
struct Case {
  struct Part {
    Layer v, m, u, w;
    Values b, g, r, q, norm, scale, tau;
  };

  std::vector<Part> parts;
  Values x, y, weights;

  Case(Bench<T>& bench, const Network& network, const Way& way) {
    const auto count = [&](std::size_t k) { return network.resnet && k > 0 ? 2 : 1; };
    for (std::size_t k = 0; k + 1 < network.widths.size(); k++)
      parts.push_back(part(bench, way, count(k), network.widths[k + 1], network.widths[k]));
    const Index outputs = network.widths.back();
    x = multiples(bench, network.n * network.widths.front(), 3, 0.5);
    const Targets targets = word_of(way.loss).targets;
    for (Index i = 0; i < network.n * targets_of(way.loss, outputs); i++)
      y.push_back(targets == Targets::Numbers ? bench.round(bench.random.normal())
                                              : static_cast<double>(bench.random.below(static_cast<std::uint64_t>(
                                                    targets == Targets::Class ? outputs : 2))));
    if (way.weighted) weights = bench.draw(network.n);
  }

 private:
  static Values multiples(Bench<T>& bench, Index count, std::uint64_t most, double unit) {
    Values values;
    for (Index k = 0; k < count; k++)
      values.push_back((static_cast<double>(bench.random.below(2 * most + 1)) - static_cast<double>(most)) * unit);
    return values;
  }

  static Layer matrices(Bench<T>& bench, int count, Index rows, Index cols) {
    Layer layer{count, rows, cols, {}};
    for (int s = 0; s < count; s++) {
      layer.v[s] = multiples(bench, rows * cols, 1, 0.5);
      for (Index i = 0; i < rows; i++) layer.v[s][static_cast<std::size_t>(i * cols + i % cols)] = 0.5;
    }
    return layer;
  }

  static Part part(Bench<T>& bench, const Way& way, int count, Index rows, Index cols) {
    Part part;
    part.v = matrices(bench, count, rows, cols);
    part.m = part.u = part.v;
    for (int s = 0; s < count; s++) {
      part.m.v[s] = bench.draw(rows * cols);
      part.u.v[s] = bench.draw(rows * cols);
      for (double& each : part.u.v[s]) each = bench.round(0.5 + std::abs(each));  // a step divides by its root
    }
    if (way.alpha > 0) part.w = matrices(bench, count, rows, cols);
    part.b = multiples(bench, rows, 2, 0.25);
    part.g = bench.draw(way.shared ? 1 : rows);
    part.r = bench.draw(cols);
    part.q = bench.draw(rows);
    const Matrices<const double> v{{part.v.v[0].data(), part.v.v[1].data()}, count, rows, cols};
    for (Index i = 0; i < rows; i++) {
      part.norm.push_back(bench.round(row_norm(v, i, way.normalization)));
      part.scale.push_back(i % 5 == 4 ? -0.25 : 0.25);
      part.tau.push_back(bench.round(i % 3 == 1 ? -0.1 : 0.2));
    }
    return part;
  }
};

template <typename U, typename Part>
BatchLayer<U> layer_of(Call<U>& call, const Part& part, const Network& network, std::size_t k, const Way& way,
                       double alpha, double weight, double tolerance) {
  const bool normalized = way.normalization != Normalization::None, crelu = network.resnet && k > 0;
  const Index rows = part.v.rows, cols = part.v.cols;
  const bool residual = crelu && rows == cols && k + 2 < network.widths.size();
  LayerGradient<U> gradient{};
  const U* norm = nullptr;
  if (way.adam) {
    U* const changed = normalized ? call.change("norm", part.norm, tolerance) : nullptr;
    norm = changed;
    gradient.adam = {.v = call.change("v", part.v, tolerance),
                     .m = call.change("m", part.m, tolerance),
                     .u = call.change("u", part.u, tolerance),
                     .norm = changed,
                     .rate = call.in(AdamRate<double>::of(0.9, 0.999, 0.01 / (1 - std::pow(0.9, 3)),
                                                          std::sqrt(1 - std::pow(0.999, 3)))),
                     .diverged = call.change_flag("diverged", false)};
  } else {
    gradient.dv = call.out("dv", part.v, tolerance);
    norm = normalized ? call.in(part.norm) : nullptr;
  }
  gradient.dg = normalized ? call.out("dg", way.shared ? 1 : rows, tolerance) : nullptr;
  gradient.db = call.out("db", rows, tolerance);
  const Matrices<const U> v = way.adam ? Matrices<const U>(gradient.adam.v) : call.in(part.v);
  const U* const scale = normalized ? call.in(part.scale) : nullptr;
  const auto activation = k == 0 ? Activation::Identity : crelu ? Activation::CRelu : Activation::Relu;
  return {.w = way.alpha > 0 ? Weights<U>{call.in(part.w), nullptr} : Weights<U>{v, scale},
          .b = call.in(part.b),
          .residual = residual,
          .z = {call.scratch(network.n * rows), network.n, rows},
          .backward = {.activation = activation,
                       .dz = {},
                       .x = {},
                       .v = v,
                       .normalization = way.normalization,
                       .g = normalized ? call.in(part.g) : nullptr,
                       .shared = way.shared,
                       .norm = norm,
                       .scale = scale,
                       .tau = way.alpha > 0 ? call.in(part.tau) : nullptr,
                       .alpha = way.alpha > 0 ? call.in(Values{alpha}) : nullptr,
                       .term = {way.regularizer, static_cast<U>(weight), call.in(part.r), call.in(part.q), residual},
                       .keep_zeros = way.keep_zeros,
                       .dg_rows = call.scratch(rows),
                       .gradient = gradient}};
}

template <typename T>
void check(Bench<T>& bench, const Network& network, const Way& way) {
  const Case<T> given(bench, network, way);
  const Index n = network.n;
  const Index widest = *std::max_element(network.widths.begin() + 1, network.widths.end());
  const double alpha = bench.round(way.alpha), weight = bench.round(0.7), sum = 2 * bench.tolerance.sum;
  bench.check("batch_gradient", show(network, way), [&]<typename U>(Call<U>& call) {
    std::vector<BatchLayer<U>> layers;
    std::vector<LayerShape> shapes;
    for (std::size_t k = 0; k < given.parts.size(); k++) {
      const auto& v = given.parts[k].v;
      layers.push_back(layer_of(call, given.parts[k], network, k, way, alpha, weight, sum));
      shapes.push_back({network.batch, v.cols, v.rows, v.count, true});
      call.backend.reserve(shapes.back());
    }
    const Index size = call.backend.batch_gradient_size(shapes);
    call.backend.batch_gradient({.layers = layers.data(),
                                 .count = static_cast<int>(layers.size()),
                                 .x = call.in(given.x, n, network.widths.front()),
                                 .loss = {.loss = way.loss,
                                          .f = {},
                                          .y = call.in(given.y),
                                          .weights = call.in(given.weights),
                                          .scale = static_cast<U>(0.5),
                                          .df = {},
                                          .row_loss = call.out_double("row_loss", n, bench.tolerance.entry)},
                                 .value = call.out_double("loss", 1, bench.tolerance.entry),
                                 .dz = {call.scratch(n * widest), call.scratch(n * widest)},
                                 .memory = size > 0 ? call.scratch(size) : nullptr});
  });
}

}  // namespace

template <typename T>
void check_batch_gradient(Bench<T>& bench) {
  const auto all = ways();
  std::size_t turn = 0;  // ways take turns; 89 is prime to their number
  const auto check_next = [&](const Network& network, int times = 1) {
    for (int i = 0; i < times; i++, turn++) check(bench, network, all[turn * 89 % all.size()]);
  };
  for (const bool resnet : {false, true}) {
    check_next({1, {1, 1}, resnet}, 4);
    check_next({3, {2, 5, 5, 2}, resnet}, static_cast<int>(all.size()));
    check_next({17, {3, 33, 33, 10}, resnet}, bench.large ? 40 : 6);
    check_next({64, {12, 64, 64, 64, 1}, resnet}, bench.large ? 20 : 3);
    for (const Index n : {1, 2, 7, 8, 9, 15, 16, 31, 33, 65})
      check_next({n, {n % 6 + 1, 13, 13, n % 3 + 1}, resnet}, 3);
    for (Index units = 1; units <= 18; units++) check_next({20, {5, units, units + units % 2, 2}, resnet}, 2);
    for (const Index n : {1, 30, 63}) check_next({n, {20, 24, 24, 3}, resnet, 64}, 3);  // a last batch that is shorter
    check_next({5, {100, 17, 4}, resnet}, 2);
    if (bench.large) check_next({150, {40, 70, 70, 1}, resnet}, 6);
  }
}

template void check_batch_gradient(Bench<float>&);
template void check_batch_gradient(Bench<double>&);

}  // namespace psilon::kernels
