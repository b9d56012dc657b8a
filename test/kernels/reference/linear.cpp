#include "reference.h"

namespace psilon::kernels {

namespace {

double act(Activation activation, int s, double x) {
  if (activation == Activation::Identity) return x;
  if (s == 0) return x < 0 ? 0 : x;
  return x > 0 ? 0 : x;
}

}  // namespace

void Reference::linear_forward(const LinearForward<double>& op) {
  for (Index k = 0; k < op.z.rows; k++)
    for (Index i = 0; i < op.z.cols; i++) {
      double z = op.b[i] + (op.residual ? op.x.row(k)[i] : 0);
      for (int s = 0; s < op.w.m.count; s++)
        for (Index j = 0; j < op.x.cols; j++) z += act(op.activation, s, op.x.row(k)[j]) * entry(op.w, s, i, j);
      op.z.row(k)[i] = z;
    }
}

void Reference::linear_backward_input(const LinearBackwardInput<double>& op) {
  for (Index k = 0; k < op.dx.rows; k++)
    for (Index j = 0; j < op.dx.cols; j++) {
      const double x = op.x.row(k)[j];
      double dx = op.residual ? op.dz.row(k)[j] : 0;
      for (int s = 0; s < op.w.m.count; s++) {
        if (s == 0 ? !(x > 0) : !(x < 0)) continue;
        for (Index i = 0; i < op.dz.cols; i++) dx += op.dz.row(k)[i] * entry(op.w, s, i, j);
      }
      op.dx.row(k)[j] = dx;
    }
}

void Reference::linear_backward_weights(const LinearBackwardWeights<double>& op) {
  for (Index i = 0; i < op.dw.rows; i++) {
    for (int s = 0; s < op.dw.count; s++)
      for (Index j = 0; j < op.dw.cols; j++) {
        double dw = 0;
        for (Index k = 0; k < op.x.rows; k++) dw += op.dz.row(k)[i] * act(op.activation, s, op.x.row(k)[j]);
        op.dw.row(s, i)[j] = dw;
      }
    op.db[i] = 0;
    for (Index k = 0; k < op.x.rows; k++) op.db[i] += op.dz.row(k)[i];
  }
}

}  // namespace psilon::kernels
