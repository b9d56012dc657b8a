/// Numbers below the smallest normal one are 0 within an operation, on every thread, and only there.

#include <array>
#include <limits>

#include "bench.h"

namespace psilon::kernels {

namespace {

/// Products x w with x and w alike: `x` times `w` in every entry, through a row scale of `scale`.
template <typename T>
void check_product(Bench<T>& bench, Index n, Index in, Index out, double x, double w, double scale) {
  const auto filled = [](Index count, double value) { return Values(static_cast<std::size_t>(count), value); };
  const Layer layer{1, out, in, {filled(out * in, w), {}}};
  bench.check_zeros("linear_forward", shape_of(out, in) + ", " + text_of(x) + " times " + text_of(w),
                    [&]<typename U>(Call<U>& call) {
                      call.backend.reserve({n, in, out, 1, false});
                      call.backend.linear_forward({.activation = Activation::Identity,
                                                   .x = call.in(filled(n * in, x), n, in),
                                                   .w = {call.in(layer), call.in(filled(out, scale))},
                                                   .b = call.in(filled(out, 0)),
                                                   .residual = false,
                                                   .z = call.out("z", n, out, 0)});
                    });
  // the compiler must not know the answer
  volatile T half = std::numeric_limits<T>::min();
  half = half / 2;
  bench.require(half > 0, "the calling thread has lost its subnormal numbers");
}

}  // namespace

template <typename T>
void check_subnormals(Bench<T>& bench) {
  const double smallest = static_cast<double>(std::numeric_limits<T>::min()), large = 1e20;
  // one thread, and a part for each of seven
  for (const auto& [n, in, out] : {std::array<Index, 3>{1, 1, 1}, std::array<Index, 3>{128, 32, 128}}) {
    check_product(bench, n, in, out, smallest, 0.5 / static_cast<double>(in), large);  // a result
    check_product(bench, n, in, out, smallest / 2, large, 1);                          // an argument
  }
}

template void check_subnormals(Bench<float>&);
template void check_subnormals(Bench<double>&);

}  // namespace psilon::kernels
