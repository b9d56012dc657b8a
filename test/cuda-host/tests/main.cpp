/// Tests of the shim. Prints what fails and a line of sums; exits with 1 if a case failed.

#include <cstdio>

#include "harness.h"

int main() {
  using namespace psilon::cuda_host::tests;
  check_collectives();
  check_warps();
  check_divergence();
  check_memory();
  check_streams();
  check_graphs();
  check_failures();
  std::printf("%d cases, %d failed\n", cases(), failures());
  return failures() == 0 ? 0 : 1;
}
