#pragma once

#include "backend/loss_rows.h"
#include "backend/operations.h"

namespace psilon::cpu::PSILON_LEVEL {

/// The loss of row i of n, to its place, and unless df is null its gradient. f, df [outputs]
template <typename T>
void differentiate_row(const LossGradient<T>& op, Index i, Index n, Index outputs, const T* f, T* df) {
  const Index targets = targets_of(op.loss, outputs);
  const T weight = op.weights == nullptr ? T(1) : op.weights[i];
  const T scale = op.scale * weight / static_cast<T>(n);
  const double loss = loss_row(op.loss, f, op.y + i * targets, outputs, scale, df) / static_cast<double>(targets);
  op.row_loss[i] = loss * static_cast<double>(weight) / static_cast<double>(n);
}

}  // namespace psilon::cpu::PSILON_LEVEL
