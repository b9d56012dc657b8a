/// Steps of Adam.

#include <cmath>
#include <limits>

#include "bench.h"

namespace psilon::kernels {

namespace {

/// Step t; `diverged` takes the place of one entry of the gradient if it is not 0. `before`: the flag was set already.
template <typename T>
void check_step(Bench<T>& bench, Index count, int t, double diverged = 0, Index at = 0, bool before = false) {
  auto gradient = bench.draw(count);
  if (diverged != 0) gradient[static_cast<std::size_t>(at)] = diverged;
  const auto parameters = bench.draw(count), m = bench.draw(count);
  auto u = bench.draw(count);
  for (double& x : u) x = std::abs(x);
  const auto rate = AdamRate<double>::of(0.9, 0.999, 0.01 / (1 - std::pow(0.9, t)), std::sqrt(1 - std::pow(0.999, t)));
  const std::string shape = std::to_string(count) + " parameters, step " + std::to_string(t) +
                            (diverged == 0 ? "" : ", " + text_of(diverged) + " at " + std::to_string(at)) +
                            (before ? ", diverged before" : "");
  bench.check("adam", shape, [&]<typename U>(Call<U>& call) {
    call.backend.adam({.count = count,
                       .gradient = call.in(gradient),
                       .parameters = call.change("parameters", parameters, bench.tolerance.entry),
                       .m = call.change("m", m, bench.tolerance.entry),
                       .u = call.change("u", u, bench.tolerance.entry),
                       .rate = call.in(rate),
                       .diverged = call.change_flag("diverged", before)});
  });
}

}  // namespace

template <typename T>
void check_adam(Bench<T>& bench) {
  std::vector<Index> counts{1, 7, 16, 1025, 16500};
  if (bench.large) counts.push_back(60001);
  for (const Index count : counts)
    for (const int t : {1, 2, 1000}) check_step(bench, count, t);
  check_step(bench, 16500, 3, 0, 0, true);
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  constexpr double infinity = std::numeric_limits<double>::infinity();
  // whichever of the threads and lanes it meets
  for (const Index at : {0, 8200, 16499})
    for (const double diverged : {nan, infinity, -infinity}) check_step(bench, 16500, 3, diverged, at);
  // whose square alone is infinite
  if (sizeof(T) == 8) check_step(bench, 16500, 3, -1e200, 8200);
}

template void check_adam(Bench<float>&);
template void check_adam(Bench<double>&);

}  // namespace psilon::kernels
