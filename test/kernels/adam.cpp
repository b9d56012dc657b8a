/// Steps of Adam.

#include <cmath>
#include <limits>

#include "bench.h"

namespace psilon::kernels {

namespace {

/// Step t; `stray` takes the place of one entry of the gradient if it is not 0.
template <typename T>
void check_step(Bench<T>& bench, Index count, int t, double stray = 0, Index at = 0) {
  auto gradient = bench.draw(count);
  if (stray != 0) gradient[static_cast<std::size_t>(at)] = stray;
  const auto parameters = bench.draw(count), m = bench.draw(count);
  auto u = bench.draw(count);
  for (double& x : u) x = std::abs(x);
  const double beta1 = 0.9, beta2 = 0.999;
  const std::string shape = std::to_string(count) + " parameters, step " + std::to_string(t) +
                            (stray == 0 ? "" : ", " + text_of(stray) + " at " + std::to_string(at));
  bench.check("adam", shape, [&]<typename U>(Call<U>& call) {
    call.backend.adam({.count = count,
                       .gradient = call.in(gradient),
                       .parameters = call.change("parameters", parameters, bench.tolerance.entry),
                       .m = call.change("m", m, bench.tolerance.entry),
                       .u = call.change("u", u, bench.tolerance.entry),
                       .beta1 = beta1,
                       .beta2 = beta2,
                       .rate = 0.01 / (1 - std::pow(beta1, t)),
                       .root = std::sqrt(1 - std::pow(beta2, t)),
                       .finite = call.out_flag("finite")});
  });
}

}  // namespace

template <typename T>
void check_adam(Bench<T>& bench) {
  std::vector<Index> counts{1, 7, 16, 1025, 16500};
  if (bench.large) counts.push_back(60001);
  for (const Index count : counts)
    for (const int t : {1, 2, 1000}) check_step(bench, count, t);
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  constexpr double infinity = std::numeric_limits<double>::infinity();
  // whichever of the threads and lanes it meets
  for (const Index at : {0, 8200, 16499})
    for (const double stray : {nan, infinity, -infinity}) check_step(bench, 16500, 3, stray, at);
  // whose square alone is infinite
  if (sizeof(T) == 8) check_step(bench, 16500, 3, -1e200, 8200);
}

template void check_adam(Bench<float>&);
template void check_adam(Bench<double>&);

}  // namespace psilon::kernels
