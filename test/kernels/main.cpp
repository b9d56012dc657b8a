/// Compares the CPU's kernels of every level with plain loops. Prints a line for each level and type; exits with 1 if a
/// check failed, with 2 if there was nothing to check.

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <string>
#include <tuple>
#include <vector>

#include "backend/cpu/instruction_sets.h"
#include "bench.h"

namespace {

using namespace psilon;
using namespace psilon::kernels;

/// Returns whether every check passed.
template <typename T>
bool check_all(const cpu::InstructionSet& set, bool quick) {
  const auto open = [&](int threads) { return cpu::open<T>(set, threads, nullptr); };
  Bench<T> bench({set.name, open, quick ? std::vector<int>{1, 3} : std::vector<int>{1, 2, 3, 7}}, quick);
  return bench.run({check_linear<T>, check_weights_backward<T>, check_batch_gradient<T>, check_sparse<T>,
                    check_subnormals<T>, check_weight_norm<T>, check_projection<T>, check_path_norm<T>, check_losses<T>,
                    check_adam<T>, check_reductions<T>, check_steps<T>});
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
