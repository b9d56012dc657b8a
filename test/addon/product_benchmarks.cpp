#include <string>

#include "backend/cpu/instruction_sets.h"
#include "backend/cpu/levels.h"
#include "product_benchmark.h"

namespace psilon::cpu {

#define PSILON_DECLARE_LEVEL(level) \
  namespace level {                 \
  Benchmark benchmark_float();      \
  Benchmark benchmark_double();     \
  }
#define PSILON_BENCHMARKS(level) {#level, level::benchmark_float, level::benchmark_double},
PSILON_LEVELS(PSILON_DECLARE_LEVEL)

namespace {

struct Benchmarks {
  const char* level;
  Benchmark (*of_float)();
  Benchmark (*of_double)();
};

Benchmarks benchmarks() {
  constexpr Benchmarks kAll[] = {PSILON_LEVELS(PSILON_BENCHMARKS)};
  const std::string level = instruction_set().name;
  for (const Benchmarks& each : kAll)
    if (each.level == level) return each;
  return kAll[0];
}

}  // namespace

Benchmark benchmark_float() { return benchmarks().of_float(); }
Benchmark benchmark_double() { return benchmarks().of_double(); }

}  // namespace psilon::cpu
