/// Settings, figures and parameters from step to step.

#include <limits>

#include "bench.h"

namespace psilon::kernels {

namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

template <typename T>
void check_next_step(Bench<T>& bench, Index next) {
  using Rate = AdamRate<double>;
  const std::vector<StepSettings<double>> plan{{Rate::of(0.9, 0.999, 0.01, 0.1), 0.25, 1},
                                               {Rate::of(0.8, 0.99, 0.02, 0.2), 0.5, 2}};
  const auto x = bench.draw(8);
  const double entry = bench.tolerance.entry;
  bench.check("next_step", "from " + std::to_string(next), [&]<typename U>(Call<U>& call) {
    StepSettings<U>* now = call.scratch_settings();
    call.backend.next_step({call.in(plan), call.change_index("next", next), now});
    call.backend.adam({.count = 8,
                       .gradient = call.in(x),
                       .parameters = call.change("parameters at the rate", x, entry),
                       .m = call.change("m at the rate", x, entry),
                       .u = call.change("u at the rate", Values(8, 0.5), entry),
                       .rate = &now->rate,
                       .diverged = call.change_flag("diverged", false)});
    const Matrices<const U> v{{call.in(x), nullptr}, 1, 1, 8};
    call.backend.blend({.v = v,
                        .scale = nullptr,
                        .g = nullptr,
                        .shared = true,
                        .tau = call.in(Values{0.25}),
                        .keep_zeros = false,
                        .alpha = &now->alpha,
                        .w = {{call.out("blend at alpha", 8, entry), nullptr}, 1, 1, 8}});
    call.backend.gather_rows({.x = call.in(x, 4, 2),
                              .order = call.in(std::vector<Index>{3, 2, 1, 0}),
                              .first = &now->first,
                              .out = call.out("rows from first", 2, 2, 0)});
  });
}

template <typename T>
void check_add_share(Bench<T>& bench, bool begins) {
  const Values value{0.3};
  bench.check("add_share", begins ? "begins" : "goes on", [&]<typename U>(Call<U>& call) {
    call.backend.add_share({call.in_double(value), 0.7, begins, call.change_double("total", {begins ? kNan : 0.1})});
  });
}

template <typename T>
void check_append(Bench<T>& bench, const Values& figures, Index end, bool flagged, bool before = false) {
  const std::string shape = std::to_string(figures.size()) + " figures at " + std::to_string(end) +
                            (flagged ? before ? ", diverged before" : ", with a flag" : "");
  bench.check("append_figures", shape, [&]<typename U>(Call<U>& call) {
    call.backend.append_figures({.figures = call.in_double(figures),
                                 .count = static_cast<Index>(figures.size()),
                                 .diverged = flagged ? call.change_flag("diverged", before) : nullptr,
                                 .log = call.change_double("log", {11, 12, 13, 14, 15}),
                                 .capacity = 5,
                                 .end = call.change_index("end", end)});
  });
}

template <typename T>
void check_keep(Bench<T>& bench, Index count, bool diverged) {
  const auto from = bench.draw(count), to = bench.draw(count);
  bench.check("keep", std::to_string(count) + (diverged ? ", diverged" : ""), [&]<typename U>(Call<U>& call) {
    call.backend.keep({call.in(from), count, call.in_flag(diverged), call.change("to", to, 0)});
  });
}

/// Steps of Adam with a rate that a plan changes: by calls, and by a recording.
template <typename T>
void check_recording(Bench<T>& bench) {
  constexpr Index kSteps = 7, kCount = 33;
  std::vector<StepSettings<double>> plan;
  for (Index k = 0; k < kSteps; k++)
    plan.push_back({AdamRate<double>::of(0.9, 0.999, 0.01 * static_cast<double>(k + 1), 0.5), 0, 0});
  const auto gradient = bench.draw(kCount), parameters = bench.draw(kCount);
  const Values zeros(kCount);
  bench.check("record", std::to_string(kSteps) + " steps", [&]<typename U>(Call<U>& call) {
    const auto steps = [&](const char* name) {
      auto* settings = call.scratch_settings();
      const NextStep<U> next{call.in(plan), call.change_index("next", 0), settings};
      const Adam<U> adam{.count = kCount,
                         .gradient = call.in(gradient),
                         .parameters = call.change(name, parameters, 1e-6),
                         .m = call.change("m", zeros, 1e-6),
                         .u = call.change("u", zeros, 1e-6),
                         .rate = &settings->rate,
                         .diverged = call.change_flag("diverged", false)};
      return [next, adam, &call] {
        call.backend.next_step(next);
        call.backend.adam(adam);
      };
    };
    const auto called = steps("called"), recorded = steps("recorded"), stopped = steps("never done");
    for (Index k = 0; k < kSteps; k++) called();
    const auto recording = call.backend.record("steps", {recorded});
    bool went_on = recording->repeat(3, [] { return true; });
    went_on = recording->repeat(kSteps - 3, [] { return true; }) && went_on;
    const bool went_on_again = call.backend.record("steps", {stopped})->repeat(kSteps, [] { return false; });
    bench.require(went_on && !went_on_again, "repeat returns what it was told");
    const auto outputs = call.outputs();
    const auto bits = [&](const char* name) {
      for (const Output& output : outputs)
        if (output.name == std::string(name)) return output.bits;
      return std::vector<std::byte>{};
    };
    bench.require(bits("called") == bits("recorded"), "a recording has the bits of calls");
    bench.require(bits("called") != bits("never done"), "a recording that is stopped does nothing");
  });
}

/// Several works, of which each has its own scratch memory: by calls, and by one recording.
template <typename T>
void check_recording_of_several(Bench<T>& bench, std::size_t count) {
  // sums of up to 8 terms, which tiles of either size of CUDA's products add up alike, as more works may have the other
  constexpr Index kRows = 8, kIn = 5, kOut = 7;
  struct Given {
    Values x, dz, g, b;
    Layer layer;
  };
  std::vector<Given> given(count);
  for (Given& each : given)
    each = {bench.draw(kRows * kIn), bench.draw(kRows * kOut), bench.draw(1), bench.draw(kOut),
            bench.draw_layer(1, kOut, kIn)};
  bench.check("record", std::to_string(count) + " works", [&]<typename U>(Call<U>& call) {
    const double sum = bench.tolerance.sum;
    call.backend.reserve({kRows, kIn, kOut, 1, true});
    const auto works = [&](const char* name) {
      Works all;
      for (const Given& each : given) {
        const auto v = call.in(each.layer);
        const RowScales<U> scales{v,     Normalization::L1,  call.in(each.g),   true,
                                  false, call.scratch(kOut), call.scratch(kOut)};
        const LinearForward<U> forward{.activation = Activation::Relu,
                                       .x = call.in(each.x, kRows, kIn),
                                       .w = {v, scales.scale},
                                       .b = call.in(each.b),
                                       .residual = false,
                                       .z = call.out(name, kRows, kOut, sum)};
        const WeightsBackward<U> backward{
            .activation = Activation::Relu,
            .dz = call.in(each.dz, kRows, kOut),
            .x = forward.x,
            .v = v,
            .normalization = Normalization::L1,
            .g = scales.g,
            .shared = true,
            .norm = scales.norm,
            .scale = scales.scale,
            .tau = nullptr,
            .alpha = nullptr,
            .term = {},
            .keep_zeros = false,
            .dg_rows = call.scratch(kOut),
            .gradient = {call.out(name, each.layer, sum), {}, call.out(name, 1, sum), call.out(name, kOut, sum)}};
        all.push_back([=, &call] {
          call.backend.row_scales(scales);
          call.backend.linear_forward(forward);
          call.backend.weights_backward(backward);
        });
      }
      return all;
    };
    const auto called = works("called"), recorded = works("recorded");
    for (const auto& work : called) work();
    call.backend.record("works", recorded)->repeat(3, [] { return true; });
    const auto outputs = call.outputs();
    std::vector<std::byte> bits[2];
    for (const Output& output : outputs) {
      auto& all = bits[output.name == std::string("recorded")];
      all.insert(all.end(), output.bits.begin(), output.bits.end());
    }
    bench.require(bits[0] == bits[1], "a recording of several works has the bits of calls");
  });
}

}  // namespace

template <typename T>
void check_steps(Bench<T>& bench) {
  check_recording(bench);
  for (const std::size_t count : {2u, 18u}) check_recording_of_several(bench, count);
  for (const Index next : {0, 1}) check_next_step(bench, next);
  for (const bool begins : {false, true}) check_add_share(bench, begins);
  for (const Index end : {0, 1, 3, 4, 5, 17}) {
    check_append(bench, {1.5, -2}, end, false);
    check_append(bench, {1.5, -2}, end, true);
    check_append(bench, {1.5, -2}, end, true, true);
    for (const double diverged : {kNan, kInfinity, -kInfinity}) {
      check_append(bench, {1.5, diverged, 3}, end, true);
      check_append(bench, {diverged}, end, false);
    }
  }
  for (const Index count : {1, 33, 5000})
    for (const bool diverged : {false, true}) check_keep(bench, count, diverged);
}

template void check_steps(Bench<float>&);
template void check_steps(Bench<double>&);

}  // namespace psilon::kernels
