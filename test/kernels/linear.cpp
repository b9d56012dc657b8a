/// Products: forward, and the way back to inputs.

#include <cmath>
#include <limits>

#include "bench.h"

namespace psilon::kernels {

namespace {

/// [n, in] times the transpose of [out, in]
struct Shape {
  Index n, in, out;
};

std::string show(const Shape& shape, const char* activation, bool residual, bool scaled) {
  return std::to_string(shape.n) + " rows, weights " + shape_of(shape.out, shape.in) + ", " + activation +
         (residual ? ", residual" : "") + (scaled ? ", scaled" : "");
}

/// Each entry of 1/sqrt(in), so that outputs are of order 1.
template <typename T>
Layer draw_weights(Bench<T>& bench, int count, const Shape& shape) {
  return bench.draw_layer(count, shape.out, shape.in, std::sqrt(static_cast<double>(shape.in)));
}

template <typename T>
void check_forward(Bench<T>& bench, const Shape& shape, Activation activation, bool residual, bool scaled,
                   const Shape& reserved, const Values& x) {
  const char* names[] = {"identity", "relu", "crelu"};
  const auto layer = draw_weights(bench, activation == Activation::CRelu ? 2 : 1, shape);
  const auto scale = scaled ? bench.draw(shape.out) : Values{};
  const auto b = bench.draw(shape.out);
  bench.check("linear_forward", show(shape, names[static_cast<int>(activation)], residual, scaled),
              [&]<typename U>(Call<U>& call) {
                call.backend.reserve({reserved.n, reserved.in, reserved.out, layer.count, false});
                call.backend.linear_forward({.activation = activation,
                                             .x = call.in(x, shape.n, shape.in),
                                             .w = {call.in(layer), call.in(scale)},
                                             .b = call.in(b),
                                             .residual = residual,
                                             .z = call.out("z", shape.n, shape.out, bench.tolerance.sum)});
              });
}

template <typename T>
void check_backward_input(Bench<T>& bench, const Shape& shape, int count, bool residual, bool scaled,
                          bool thin = false) {
  const auto layer = bench.draw_layer(count, shape.out, shape.in,
                                      static_cast<double>(shape.in) / std::sqrt(static_cast<double>(shape.out)));
  const auto scale = scaled ? bench.draw(shape.out) : Values{};
  const auto x = bench.draw(shape.n * shape.in);
  auto dz = bench.draw(shape.n * shape.out);
  if (thin) bench.thin(dz);
  bench.check("linear_backward_input", show(shape, count == 2 ? "crelu" : "relu", residual, scaled),
              [&]<typename U>(Call<U>& call) {
                call.backend.reserve({shape.n, shape.in, shape.out, count, true});
                call.backend.linear_backward_input({.dz = call.in(dz, shape.n, shape.out),
                                                    .w = {call.in(layer), call.in(scale)},
                                                    .x = call.in(x, shape.n, shape.in),
                                                    .residual = residual,
                                                    .dx = call.out("dx", shape.n, shape.in, bench.tolerance.sum)});
                if (shape.in > 1) call.exact_zeros();  // a weight of -1 alone cancels the residual, but for rounding
              });
}

}  // namespace

template <typename T>
void check_linear(Bench<T>& bench) {
  // square, tall and flat, one beyond a tile, and sums over more than 1024 inputs and outputs
  std::vector<Shape> shapes{{1, 1, 1},    {1, 7, 1},     {5, 1, 3},    {3, 5, 17},   {17, 33, 65},
                            {33, 129, 1}, {129, 65, 10}, {1, 1030, 3}, {3, 4, 1031}, {1025, 5, 3}};
  if (bench.large) {
    shapes.insert(shapes.end(), {{2, 12, 400}, {40, 12, 400}, {24, 400, 500}, {1100, 6, 9}, {200, 16, 10}});
    // blocks of rows, and panels that go through the first-level cache in parts, for each of several threads
    shapes.insert(shapes.end(), {{200, 1030, 40}, {203, 40, 1030}});
    // zeros that are skipped, and elements that take one of two matrices: every number of panels, a narrow last one
    for (const Index width : {Index{65}, Index{128}, Index{209}, Index{270}})
      for (const int count : {1, 2}) check_backward_input(bench, {9, width, 70}, count, false, true, true);
  }
  for (Index in = 1; in <= 16; in++) shapes.push_back({in % 3 == 0 ? 17 : in, in, 1 + 7 * in % 10});
  for (const Shape& shape : shapes) {
    const auto x = bench.draw(shape.n * shape.in);
    for (const auto activation : {Activation::Identity, Activation::Relu, Activation::CRelu})
      for (const bool scaled : {false, true}) check_forward(bench, shape, activation, false, scaled, shape, x);
    for (const int count : {1, 2})
      for (const bool scaled : {false, true}) check_backward_input(bench, shape, count, false, scaled);
  }
  for (const Index width : {1, 3, 17, 129}) {
    const Shape shape{9, width, width};
    const auto x = bench.draw(shape.n * width);
    for (const bool scaled : {false, true}) {
      check_forward(bench, shape, Activation::CRelu, true, scaled, shape, x);
      check_backward_input(bench, shape, 2, true, scaled);
    }
  }
  // scratch memory of larger products
  check_forward(bench, {200, 7, 5}, Activation::Relu, false, true, {200, 1500, 5}, bench.draw(200 * 7));
  check_forward(bench, {200, 7, 5}, Activation::CRelu, false, true, {200, 7, 130}, bench.draw(200 * 7));
  // a NaN reaches every output of its row
  auto x = bench.draw(5 * 9);
  x[2 * 9 + 4] = std::numeric_limits<double>::quiet_NaN();
  for (const auto activation : {Activation::Identity, Activation::Relu, Activation::CRelu})
    check_forward(bench, {5, 9, 3}, activation, false, true, {5, 9, 3}, x);
}

template void check_linear(Bench<float>&);
template void check_linear(Bench<double>&);

}  // namespace psilon::kernels
