#pragma once

#include "backend/operations.h"

namespace psilon {

/// A layer of a BatchGradient; its outputs z; `backward` without dz and x, which the operation knows.
template <typename T>
struct BatchLayer {
  Weights<T> w;
  const T* b;
  bool residual;
  Matrix<T> z;
  WeightsBackward<T> backward;
};

/// The loss of a batch and its gradient with respect to all parameters: linear_forward for each layer, loss_gradient of
/// the outputs, and back through all layers. value = the sum of the rows' losses.
/// `loss` is without f and df. Scratch: `memory` of batch_gradient_size, or, where that is 0, dz [n, widest].
template <typename T>
struct BatchGradient {
  const BatchLayer<T>* layers;
  int count;
  Matrix<const T> x;
  LossGradient<T> loss;
  double* value;
  T* dz[2];
  T* memory;

  Matrix<const T> input(int k) const { return k == 0 ? x : Matrix<const T>(layers[k - 1].z); }
};

}  // namespace psilon
