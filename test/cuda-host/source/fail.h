#pragma once

#include <cstdio>
#include <cstdlib>
#include <string>

namespace psilon::cuda_host {

/// Ends the process with a sentence: for what a device leaves undefined.
[[noreturn]] inline void fail(const std::string& sentence) {
  std::fprintf(stderr, "CUDA on the host: %s\n", sentence.c_str());
  std::abort();
}

}  // namespace psilon::cuda_host
