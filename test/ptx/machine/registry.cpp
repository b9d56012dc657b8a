#include "registry.h"

#include <cuda_host/launch.h>
#include <cxxabi.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <typeinfo>
#include <vector>

#include "../../cuda-host/source/fail.h"

namespace psilon::ptx {

namespace {

std::string demangled(const char* name) {
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> text(abi::__cxa_demangle(name, nullptr, nullptr, &status), std::free);
  return status == 0 ? text.get() : name;
}

/// "void run<A>(B<A>)": "B<A>", the type of the argument
std::string argument_of(const std::string& kernel) {
  int depth = 0;
  for (auto at = kernel.size(); at-- > 0;) {
    if (kernel[at] == ')') depth++;
    if (kernel[at] == '(' && --depth == 0) return kernel.substr(at + 1, kernel.size() - at - 2);
  }
  return kernel;
}

struct Entry {
  explicit Entry(const Kernel& translated) : kernel(translated) {}

  const Kernel kernel;
  std::atomic<long> launches{0};
};

/// By the type of the argument. Two compilers give an unnamed namespace two names, but write it alike.
std::map<std::string, Entry>& kernels() {
  static auto* const all = new std::map<std::string, Entry>;
  return *all;
}

/// A line for each kernel: launches, and the type of the argument.
void write_counts() {
  std::FILE* file = std::fopen(std::getenv("PSILON_PTX_COUNTS"), "w");
  if (file == nullptr) return;
  for (const auto& [argument, entry] : kernels())
    std::fprintf(file, "%ld %s\n", entry.launches.load(), argument.c_str());
  std::fclose(file);
}

cudaError_t start_translated(const char* operation, const cudaLaunchConfig_t& shape,
                             const cuda_host::Argument& argument) {
  const std::string type = demangled(argument.type.name());
  const auto fail = [&](const std::string& otherwise) {
    cuda_host::fail(std::string("[") + operation + "] " + otherwise + " (" + type + ")");
  };
  const auto found = kernels().find(type);
  if (found == kernels().end()) fail("has no kernel of PTX");
  const Kernel& kernel = found->second.kernel;
  const auto differs = [&](const char* what, std::size_t ptx, std::size_t host) {
    if (ptx != host)
      fail(std::string("has an argument whose ") + what + " is " + std::to_string(ptx) + " in PTX, on the host " +
           std::to_string(host));
  };
  differs("size", kernel.bytes, argument.bytes);
  differs("alignment", kernel.alignment, argument.alignment);
  const auto threads = shape.blockDim.x * shape.blockDim.y * shape.blockDim.z;
  if (threads > kernel.threads)
    fail("has blocks of " + std::to_string(threads) + " threads, at most " + std::to_string(kernel.threads) +
         " in PTX");
  found->second.launches++;
  cudaLaunchConfig_t with_shared = shape;
  with_shared.dynamicSmemBytes = kernel.shared;
  const auto* first = static_cast<const unsigned char*>(argument.data);
  const auto copy = std::make_shared<const std::vector<unsigned char>>(first, first + argument.bytes);
  return cuda_host::start(operation, with_shared, nullptr, [run = kernel.run, copy] { run(copy->data()); });
}

}  // namespace

Registration::Registration(const Kernel& kernel) {
  static const bool once = std::getenv("PSILON_PTX_COUNTS") != nullptr && std::atexit(write_counts) == 0;
  (void)once;
  cuda_host::start_instead = start_translated;
  const std::string argument = argument_of(demangled(kernel.name));
  if (!kernels().try_emplace(argument, kernel).second)
    cuda_host::fail("two kernels of PTX have an argument " + argument);
}

const Kernel* find_kernel(const char* name) {
  for (const auto& [argument, entry] : kernels())
    if (std::strcmp(entry.kernel.name, name) == 0) return &entry.kernel;
  return nullptr;
}

}  // namespace psilon::ptx
