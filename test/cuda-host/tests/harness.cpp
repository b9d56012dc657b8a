#include "harness.h"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <exception>

namespace psilon::cuda_host::tests {

namespace {

int case_count = 0;
int failure_count = 0;

[[noreturn]] void become_case(int output, const Environment& environment, const Body& body) {
  dup2(output, STDOUT_FILENO);
  dup2(output, STDERR_FILENO);
  const rlimit no_core{};
  setrlimit(RLIMIT_CORE, &no_core);
  for (const auto& [name, value] : environment) setenv(name.c_str(), value.c_str(), 1);
  int status = 0;
  try {
    body();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    status = 1;
  }
  std::fflush(nullptr);
  _exit(status);
}

}  // namespace

Ending run(const Environment& environment, const Body& body) {
  std::array<int, 2> ends;
  std::fflush(nullptr);
  if (pipe(ends.data()) != 0) std::abort();
  const pid_t child = fork();
  if (child == 0) become_case(ends[1], environment, body);
  close(ends[1]);
  std::string output;
  std::array<char, 4096> part;
  for (ssize_t size; (size = read(ends[0], part.data(), part.size())) > 0;)
    output.append(part.data(), static_cast<std::size_t>(size));
  close(ends[0]);
  int status = 0;
  const bool ended = child > 0 && waitpid(child, &status, 0) == child;
  if (WIFSIGNALED(status)) output += "ended by signal " + std::to_string(WTERMSIG(status));
  return {ended && WIFEXITED(status) && WEXITSTATUS(status) == 0, output};
}

void report(const std::string& name, bool passed, const std::string& output) {
  case_count++;
  if (passed) return;
  failure_count++;
  std::printf("failed: %s\n%s\n", name.c_str(), output.c_str());
}

void passes(const std::string& name, const Body& body, const Environment& environment) {
  const Ending ending = run(environment, body);
  report(name, ending.passed, ending.output);
}

void passes_in_every_order(const std::string& name, const Body& body) {
  for (const char* order : kOrders) passes(name + ", " + order, body, {{"PSILON_CUDA_HOST_ORDER", order}});
}

void dies(const std::string& name, const std::vector<std::string>& words, const Body& body,
          const Environment& environment) {
  const Ending ending = run(environment, body);
  bool said = true;
  for (const auto& word : words) said = said && ending.output.find(word) != std::string::npos;
  report(name, !ending.passed && said, ending.passed ? "it went on\n" + ending.output : ending.output);
}

int cases() { return case_count; }
int failures() { return failure_count; }

void expect(bool holds, const std::string& otherwise) {
  if (!holds) throw std::runtime_error(otherwise);
}

void expect_error(cudaError_t found, cudaError_t expected, const char* call) {
  expect(found == expected,
         std::string(call) + " returned " + cudaGetErrorName(found) + ", expected " + cudaGetErrorName(expected));
}

std::string error_of(const Body& body) {
  try {
    body();
  } catch (const Error& error) {
    return std::string(error.code()) + " " + error.what();
  }
  return "no error";
}

}  // namespace psilon::cuda_host::tests
