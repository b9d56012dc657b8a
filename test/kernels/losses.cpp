/// Losses of rows and their gradients.

#include "bench.h"

namespace psilon::kernels {

namespace {

struct Options {
  double deviation;
  bool weighted;
  bool gradient;
};

template <typename T>
void check_loss(Bench<T>& bench, Loss loss, Index n, Index outputs, const Options& options) {
  const auto f = bench.draw(n * outputs, options.deviation);
  auto y = bench.draw(n * targets_of(loss, outputs));
  const Targets targets = word_of(loss).targets;
  if (targets != Targets::Numbers)
    for (double& target : y)
      target =
          static_cast<double>(bench.random.below(targets == Targets::Class ? static_cast<std::uint64_t>(outputs) : 2));
  const auto weights = options.weighted ? bench.draw(n) : Values{};
  const double scale = bench.round(0.3 * static_cast<double>(n));  // df of order 1
  const std::string shape = std::string(name_of(loss)) + ", " + shape_of(n, outputs) + ", outputs of " +
                            text_of(options.deviation) + (options.weighted ? ", weighted" : "") +
                            (options.gradient ? "" : ", without gradient");
  bench.check("loss_gradient", shape, [&]<typename U>(Call<U>& call) {
    call.backend.loss_gradient({.loss = loss,
                                .f = call.in(f, n, outputs),
                                .y = call.in(y),
                                .weights = call.in(weights),
                                .scale = static_cast<U>(scale),
                                .df = options.gradient ? call.out("df", n, outputs, bench.tolerance.sum) : Matrix<U>{},
                                .row_loss = call.out_double("row_loss", n, bench.tolerance.entry)});
  });
}

}  // namespace

template <typename T>
void check_losses(Bench<T>& bench) {
  for (const auto& loss : kWords<Loss>)
    for (const Index n : {1, 2, 33, 129, 4500})
      for (const Index outputs : {1, 2, 10, 17}) {
        if (n == 4500 && (outputs == 17 || !bench.large)) continue;
        // 1000: exponentials that would overflow
        for (const double deviation : {1.0, 30.0, 1000.0})
          check_loss(bench, loss.value, n, outputs, {deviation, false, deviation < 30});
        check_loss(bench, loss.value, n, outputs, {1, true, true});
      }
}

template void check_losses(Bench<float>&);
template void check_losses(Bench<double>&);

}  // namespace psilon::kernels
