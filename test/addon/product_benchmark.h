#pragma once

#include "support/view.h"

namespace psilon::cpu {

enum class ProductUse { Forward, BackwardInput, BackwardWeights };

/// z [n, outputs] = x v^T, dx [n, inputs] = dz v or dW [outputs, inputs] = dz^T x.
struct ProductCase {
  ProductUse use;
  Index n;
  Index inputs;
  Index outputs;
};

/// Medians, in seconds.
struct ProductTimes {
  double product;
  double packing;
};

/// What the kernels of one instruction set can do on this machine, on so many threads.
struct Benchmark {
  /// Floating-point operations per second of multiply-adds that touch no memory. Processors may lower their clock while
  /// they multiply matrices: `beside_products` measures in the moments right after such products, before it recovers.
  double (*peak)(int threads, bool beside_products);
  /// The product without packing, and how much longer it takes with it.
  ProductTimes (*product)(const ProductCase&, int threads, int repeats);
};

/// Of the kernels in use.
Benchmark benchmark_float();
Benchmark benchmark_double();

}  // namespace psilon::cpu
