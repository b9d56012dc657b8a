/// Settings, figures and parameters from step to step.

#include <limits>

#include "bench.h"

namespace psilon::kernels {

namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

template <typename T>
void check_next_step(Bench<T>& bench, Index next) {
  const std::vector<StepSettings> plan{{{0.9, 0.999, 0.01, 0.1}, 0, 1}, {{0.8, 0.99, 0.02, 0.2}, 0.5, 2}};
  const auto x = bench.draw(8);
  bench.check("next_step", "from " + std::to_string(next), [&]<typename U>(Call<U>& call) {
    double* settings = call.out_double("settings", 6, 0);
    const auto* now = reinterpret_cast<const StepSettings*>(settings);
    call.backend.next_step({call.in(plan), call.change_index("next", next), reinterpret_cast<StepSettings*>(settings)});
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
                            (flagged ? before ? ", stray before" : ", with a flag" : "");
  bench.check("append_figures", shape, [&]<typename U>(Call<U>& call) {
    call.backend.append_figures({.figures = call.in_double(figures),
                                 .count = static_cast<Index>(figures.size()),
                                 .stray = flagged ? call.change_flag("stray", before) : nullptr,
                                 .log = call.change_double("log", {11, 12, 13, 14, 15}),
                                 .capacity = 5,
                                 .end = call.change_index("end", end)});
  });
}

template <typename T>
void check_keep(Bench<T>& bench, Index count, bool stray) {
  const auto from = bench.draw(count), to = bench.draw(count);
  bench.check("keep", std::to_string(count) + (stray ? ", stray" : ""), [&]<typename U>(Call<U>& call) {
    call.backend.keep({call.in(from), count, call.in_flag(stray), call.change("to", to, 0)});
  });
}

}  // namespace

template <typename T>
void check_steps(Bench<T>& bench) {
  for (const Index next : {0, 1}) check_next_step(bench, next);
  for (const bool begins : {false, true}) check_add_share(bench, begins);
  for (const Index end : {0, 1, 3, 4, 5, 17}) {
    check_append(bench, {1.5, -2}, end, false);
    check_append(bench, {1.5, -2}, end, true);
    check_append(bench, {1.5, -2}, end, true, true);
    for (const double stray : {kNan, kInfinity, -kInfinity}) {
      check_append(bench, {1.5, stray, 3}, end, true);
      check_append(bench, {stray}, end, false);
    }
  }
  for (const Index count : {1, 33, 5000})
    for (const bool stray : {false, true}) check_keep(bench, count, stray);
}

template void check_steps(Bench<float>&);
template void check_steps(Bench<double>&);

}  // namespace psilon::kernels
