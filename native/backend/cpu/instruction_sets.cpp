#include "backend/cpu/instruction_sets.h"

#include <cstdlib>
#include <string>
#include <utility>

#include "backend/cpu/levels.h"
#include "support/error.h"

namespace psilon::cpu {

#define PSILON_DECLARE_LEVEL(level)                                       \
  namespace level {                                                       \
  std::unique_ptr<Backend<float>> open_float(int threads, ThreadLimit);   \
  std::unique_ptr<Backend<double>> open_double(int threads, ThreadLimit); \
  }
#define PSILON_SET(level) {#level, level::open_float, level::open_double}
PSILON_LEVELS(PSILON_DECLARE_LEVEL)
#undef PSILON_DECLARE_LEVEL

std::vector<InstructionSet> instruction_sets() {
#if defined(__x86_64__)
  __builtin_cpu_init();
  std::vector<InstructionSet> sets{PSILON_SET(baseline)};
  const bool has_avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  if (has_avx2) sets.push_back(PSILON_SET(avx2));
  if (has_avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
    sets.push_back(PSILON_SET(avx512));
  return sets;
#else
  return {PSILON_SET(neon)};
#endif
}

InstructionSet instruction_set() {
  const auto sets = instruction_sets();
  const char* wanted = std::getenv("PSILON_INSTRUCTION_SET");
  if (wanted == nullptr || *wanted == '\0') return sets.back();
  std::string names;
  for (const auto& set : sets) {
    if (set.name == std::string(wanted)) return set;
    names += (names.empty() ? "" : ", ") + std::string(set.name);
  }
  throw Error("ERR_DEVICE", "PSILON_INSTRUCTION_SET is \"" + std::string(wanted) + "\"; this processor has " + names);
}

template <>
std::unique_ptr<Backend<float>> open(const InstructionSet& set, int threads, ThreadLimit limit) {
  return set.open_float(threads, std::move(limit));
}

template <>
std::unique_ptr<Backend<double>> open(const InstructionSet& set, int threads, ThreadLimit limit) {
  return set.open_double(threads, std::move(limit));
}

}  // namespace psilon::cpu
