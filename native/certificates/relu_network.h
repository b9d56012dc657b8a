#pragma once

#include <vector>

#include "network/parameters.h"

namespace psilon::certificates {

/// z = straight y + bent relu(y) + bias, for the z of the layer before as y; the first layer reads the inputs as y and
/// has no `bent`. CReLU has W+ max(y, 0) + W- min(y, 0) = W- y + (W+ - W-) relu(y).
struct ReluLayer {
  Index in, out;
  std::vector<double> straight;    // [out, in]; empty: 0
  std::vector<double> bent;        // [out, in]; empty: 0
  std::vector<double> bias;        // [out]
  std::vector<double> weights[2];  // W, or W+ and W- [out, in]
  /// How predictions compute it: max_s |W_s| [out, in], whether y is added, and whether y is relu(y) alone.
  std::vector<double> size;
  bool residual, relu;
  /// With Y = max_j |y_j|, a prediction's z_i differs from the formula by at most
  /// relative_i (size_i |y| + |bias_i|) + absolute_i + absolute_slope_i Y, as long as reach Y + largest_bias < limit:
  /// else sums may overflow.
  std::vector<double> relative, absolute, absolute_slope;
  double reach, largest_bias, limit;
  double weight_error;  // the relative error of the weights that predictions use
};

/// A network in double precision, in the form that certificates use, with bounds of the rounding of its predictions on
/// every path: kernels, instruction sets, one row or many, exported forms.
using ReluNetwork = std::vector<ReluLayer>;

template <typename T>
ReluNetwork relu_network(const Model<T>& model);

/// The network among more inputs, of which it reads these.
void read_among(ReluNetwork& network, Index inputs, const std::vector<Index>& taken);

}  // namespace psilon::certificates
