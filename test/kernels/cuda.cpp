/// Compares CUDA's kernels with plain loops, on the device that the build has: a GPU, or the CPU in its place. Exits
/// with 1 if a check failed, with 2 if there was nothing to check.

#include <cstdio>
#include <cstring>

#include "backend/cuda/devices.h"
#include "bench.h"
#include "support/error.h"

namespace {

using namespace psilon;
using namespace psilon::kernels;

/// Returns whether every check passed. What is sparse or subnormal is the CPU's alone.
template <typename T>
bool check_all(bool quick) {
  const auto open = [](int) { return cuda::open<T>(); };
  Bench<T> bench({"cuda", open, {1, 1}}, quick);
  return bench.run({check_linear<T>, check_weights_backward<T>, check_weight_norm<T>, check_projection<T>,
                    check_path_norm<T>, check_losses<T>, check_adam<T>, check_reductions<T>, check_steps<T>});
}

}  // namespace

int main(int argc, char** argv) {
  const bool quick = argc == 2 && std::strcmp(argv[1], "--quick") == 0;
  if (argc > 1 && !quick) {
    std::fputs("usage: psilon_cuda_kernels [--quick]\n", stderr);
    return 2;
  }
  try {
    const bool doubles = check_all<double>(quick), floats = check_all<float>(quick);
    return doubles && floats ? 0 : 1;
  } catch (const Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 2;
  }
}
