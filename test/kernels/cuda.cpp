/// Compares CUDA's kernels with plain loops, on the device that the build has: a GPU, or the CPU in its place. Exits
/// with 1 if a check failed, with 2 if there was nothing to check.

#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "backend/cuda/devices.h"
#include "bench.h"
#include "support/error.h"

namespace {

using namespace psilon;
using namespace psilon::kernels;

/// quick: without large shapes; once: without a second run, which has to have the same bits
struct Extent {
  bool quick = false, once = false;

  std::vector<int> runs() const { return once ? std::vector<int>{1} : std::vector<int>{1, 1}; }
};

/// Returns whether every check passed. What is sparse or subnormal is the CPU's alone.
template <typename T>
bool check_all(const Extent& extent) {
  const auto open = [](int) { return cuda::open<T>(Precision::Float32); };
  Bench<T> bench({"cuda", open, extent.runs()}, extent.quick);
  return bench.run({check_linear<T>, check_weights_backward<T>, check_batch_gradient<T>, check_weight_norm<T>,
                    check_projection<T>, check_path_norm<T>, check_losses<T>, check_adam<T>, check_reductions<T>,
                    check_steps<T>});
}

/// Products alone. Both factors of a term are rounded by at most 2^-11 of themselves, so a term is off by 2^-10 of
/// itself, to either side; where the sum is of order 1, so is the root of the sum of squares of its terms: 2^-10 for an
/// error, four times that for the largest of many.
bool check_tf32(const Extent& extent) {
  const auto open = [](int) { return cuda::open<float>(Precision::Tf32); };
  Bench<float> bench({"cuda, tf32", open, extent.runs()}, extent.quick,
                     {kTolerance<float>.entry, 0x1p-8, kTolerance<float>.total});
  return bench.run({check_linear<float>, check_weights_backward<float>});
}

}  // namespace

int main(int argc, char** argv) {
  Extent extent;
  std::string kind = "all";
  for (int i = 1; i < argc; i++) {
    if (std::strcmp(argv[i], "--quick") == 0)
      extent.quick = true;
    else if (std::strcmp(argv[i], "--once") == 0)
      extent.once = true;
    else
      kind = argv[i];
  }
  const auto wanted = [&](const char* name) { return kind == "all" || kind == name; };
  if (!wanted("float64") && !wanted("float32") && !wanted("tf32")) {
    std::fputs("usage: psilon_cuda_kernels [--quick] [--once] [float64|float32|tf32|all]\n", stderr);
    return 2;
  }
  try {
    bool passed = true;
    if (wanted("float64")) passed = check_all<double>(extent) && passed;
    if (wanted("float32")) passed = check_all<float>(extent) && passed;
    if (wanted("tf32")) passed = check_tf32(extent) && passed;
    return passed ? 0 : 1;
  } catch (const Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 2;
  }
}
