#include <string>

#include "backend/cpu/instruction_sets.h"
#include "product_benchmark.h"

namespace psilon::cpu {

#define PSILON_DECLARE_LEVEL(level) \
  namespace level {                 \
  Benchmark benchmark_float();      \
  Benchmark benchmark_double();     \
  }
#define PSILON_BENCHMARKS(level) {#level, level::benchmark_float, level::benchmark_double}
#if defined(__x86_64__)
PSILON_DECLARE_LEVEL(baseline)
PSILON_DECLARE_LEVEL(avx2)
PSILON_DECLARE_LEVEL(avx512)
#else
PSILON_DECLARE_LEVEL(neon)
#endif

namespace {

struct Benchmarks {
  const char* level;
  Benchmark (*of_float)();
  Benchmark (*of_double)();
};

Benchmarks benchmarks() {
#if defined(__x86_64__)
  constexpr Benchmarks kAll[] = {PSILON_BENCHMARKS(baseline), PSILON_BENCHMARKS(avx2), PSILON_BENCHMARKS(avx512)};
#else
  constexpr Benchmarks kAll[] = {PSILON_BENCHMARKS(neon)};
#endif
  const std::string level = instruction_set().name;
  for (const Benchmarks& each : kAll)
    if (each.level == level) return each;
  return kAll[0];
}

}  // namespace

Benchmark benchmark_float() { return benchmarks().of_float(); }
Benchmark benchmark_double() { return benchmarks().of_double(); }

}  // namespace psilon::cpu
