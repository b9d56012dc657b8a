#pragma once

#include "backend/cuda/launches.h"
#include "backend/operations.h"

namespace psilon::cuda {

/// How products are computed, on how many processors.
struct Multiplication {
  Precision precision;
  unsigned processors;
  const Launcher& launcher;
};

}  // namespace psilon::cuda
