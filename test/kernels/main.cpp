/// Compares the kernels of every level with plain loops. Prints a line for each level and type; exits with 1 if a check
/// failed, with 2 if there was nothing to check.

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <string>
#include <tuple>
#include <vector>

#include "bench.h"

namespace {

using namespace psilon;
using namespace psilon::kernels;

/// Returns whether every check passed.
template <typename T>
bool check_all(const cpu::InstructionSet& set, bool quick) {
  Bench<T> bench(set, quick);
  check_linear(bench);
  check_weights_backward(bench);
  check_sparse(bench);
  check_subnormals(bench);
  check_weight_norm(bench);
  check_projection(bench);
  check_path_norm(bench);
  check_losses(bench);
  check_adam(bench);
  check_reductions(bench);
  std::printf("%s %s: %d checks, %d failed\n", set.name, kDtype<T>, bench.checks(), bench.failures());
  std::fflush(stdout);
  return bench.failures() == 0 && bench.checks() > 0;
}

int usage() {
  std::fputs("usage: psilon_kernels [--quick] [--levels] [LEVEL|all] [float32|float64|all]\n", stderr);
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  bool quick = false;
  std::vector<std::string> words;
  for (int i = 1; i < argc; i++) {
    if (std::strcmp(argv[i], "--quick") == 0) {
      quick = true;
    } else if (std::strcmp(argv[i], "--levels") == 0) {
      for (const auto& set : cpu::instruction_sets()) std::puts(set.name);
      return 0;
    } else {
      words.emplace_back(argv[i]);
    }
  }
  words.resize(std::max<std::size_t>(words.size(), 2), "all");
  const auto& [level, dtype] = std::tie(words[0], words[1]);
  if (words.size() > 2 || (dtype != "all" && dtype != "float32" && dtype != "float64")) return usage();
  bool any = false, passed = true;
  for (const auto& set : cpu::instruction_sets()) {
    if (level != "all" && level != set.name) continue;
    any = true;
    if (dtype != "float32") passed = check_all<double>(set, quick) && passed;
    if (dtype != "float64") passed = check_all<float>(set, quick) && passed;
  }
  if (!any) {
    std::fprintf(stderr, "this processor or this build has no %s\n", level.c_str());
    return 2;
  }
  return passed ? 0 : 1;
}
