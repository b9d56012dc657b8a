#include "counts.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <iterator>

namespace psilon::cuda_host {

namespace {

constexpr const char* kNames[] = {"kernels",     "graphs",  "uploads", "downloads", "waits",
                                  "allocations", "streams", "held",    "bytes"};

std::array<long, std::size(kNames)>& counts() {
  static auto* const all = new std::array<long, std::size(kNames)>{};
  return *all;
}

void write() {
  std::FILE* file = std::fopen(std::getenv("PSILON_CUDA_HOST_COUNTS"), "w");
  if (file == nullptr) return;
  for (std::size_t k = 0; k < counts().size(); k++)
    std::fprintf(file, "%s\"%s\": %ld", k == 0 ? "{" : ", ", kNames[k], counts()[k]);
  std::fputs("}\n", file);
  std::fclose(file);
}

}  // namespace

void count(Count what, int more) {
  static const bool once = std::getenv("PSILON_CUDA_HOST_COUNTS") != nullptr && std::atexit(write) == 0;
  (void)once;
  counts()[static_cast<std::size_t>(what)] += more;
}

void count_most(Count what, std::size_t now) {
  long& most = counts()[static_cast<std::size_t>(what)];
  most = std::max(most, static_cast<long>(now));
}

}  // namespace psilon::cuda_host
