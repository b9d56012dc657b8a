#pragma once

#include <memory>
#include <vector>

#include "backend/backend.h"
#include "backend/cpu/thread_limit.h"

namespace psilon::cpu {

/// One level of the processor's instructions, and the backend compiled for it.
struct InstructionSet {
  const char* name;
  std::unique_ptr<Backend<float>> (*open_float)(int threads, ThreadLimit limit);
  std::unique_ptr<Backend<double>> (*open_double)(int threads, ThreadLimit limit);
};

/// Those of this build that this processor can run, lowest first.
std::vector<InstructionSet> instruction_sets();

/// The highest of them, or the one that the environment variable PSILON_INSTRUCTION_SET names.
InstructionSet instruction_set();

template <typename T>
std::unique_ptr<Backend<T>> open(const InstructionSet& set, int threads, ThreadLimit limit);
template <>
std::unique_ptr<Backend<float>> open(const InstructionSet& set, int threads, ThreadLimit limit);
template <>
std::unique_ptr<Backend<double>> open(const InstructionSet& set, int threads, ThreadLimit limit);

}  // namespace psilon::cpu
