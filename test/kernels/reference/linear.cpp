#include <vector>

#include "backend/sparse.h"
#include "reference.h"

namespace psilon::kernels {

void Reference::linear_forward(const LinearForward<double>& op) {
  for (Index k = 0; k < op.z.rows; k++)
    for (Index i = 0; i < op.z.cols; i++) {
      double z = op.b[i] + (op.residual ? op.x.row(k)[i] : 0);
      for (int s = 0; s < op.w.m.count; s++)
        for (Index j = 0; j < op.x.cols; j++) z += activate(op.activation, s, op.x.row(k)[j]) * entry(op.w, s, i, j);
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

void Reference::sparse_forward(const SparseForward<double>& op) {
  for (Index row = 0; row < op.x.rows; row++) {
    std::vector<double> x(op.x.row(row), op.x.row(row) + op.x.cols);
    for (int k = 0; k < op.count; k++) {
      const SparseLayer<double>& layer = op.layers[k];
      const int halves = layer.activation == Activation::CRelu ? 2 : 1;
      std::vector<double> z(layer.b, layer.b + layer.out);
      for (Index i = 0; i < layer.out; i++) {
        double& sum = z[layer.w.rows[i]];
        if (layer.residual) sum += x[layer.w.rows[i]];
        const Index group = i / kSideBySide;
        for (Index e = layer.w.starts[group]; e < layer.w.starts[group + 1]; e++) {
          const auto column = static_cast<int>(layer.w.columns[e * kSideBySide + i % kSideBySide]);
          if (column < layer.width())
            sum += layer.w.values[e * kSideBySide + i % kSideBySide] *
                   activate(layer.activation, column % halves, x[static_cast<std::size_t>(column / halves)]);
        }
      }
      x = z;
    }
    std::copy(x.begin(), x.end(), op.f.row(row));
  }
}

}  // namespace psilon::kernels
