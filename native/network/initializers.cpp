#include "network/initializers.h"

#include <algorithm>
#include <cmath>

#include "support/random.h"

namespace psilon {

namespace {

double dot(const double* a, const double* b, Index n) {
  double lanes[8] = {};
  Index i = 0;
  for (; i + 8 <= n; i += 8)
    for (Index l = 0; l < 8; l++) lanes[l] += a[i + l] * b[i + l];
  double total = 0;
  for (; i < n; i++) total += a[i] * b[i];
  for (const double lane : lanes) total += lane;
  return total;
}

/// `rows` <= `cols` orthonormal rows, uniformly distributed: Gram-Schmidt of normal rows, done twice because of
/// rounding (Giraud et al. 2005). Empty if it was stopped.
HostVector<double> orthonormal_rows(Index rows, Index cols, Random& random, const std::function<bool()>& stop) {
  HostVector<double> q(static_cast<std::size_t>(rows * cols));
  for (double& value : q) value = random.normal();
  for (Index i = 0; i < rows; i++) {
    if (stop()) return {};
    double* row = q.data() + i * cols;
    for (int pass = 0; pass < 2; pass++) {
      for (Index k = 0; k < i; k++) {
        const double* other = q.data() + k * cols;
        const double along = dot(row, other, cols);
        for (Index j = 0; j < cols; j++) row[j] -= along * other[j];
      }
    }
    const double norm = std::sqrt(dot(row, row, cols));
    for (Index j = 0; j < cols; j++) row[j] /= norm;
  }
  return q;
}

template <typename T>
bool fill_orthogonal(T* v, Index rows, Index cols, Random& random, const std::function<bool()>& stop) {
  const bool wide = rows <= cols;
  const auto q = orthonormal_rows(std::min(rows, cols), std::max(rows, cols), random, stop);
  if (q.empty()) return false;
  for (Index i = 0; i < rows; i++)
    for (Index j = 0; j < cols; j++)
      v[i * cols + j] = static_cast<T>(q[static_cast<std::size_t>(wide ? i * cols + j : j * rows + i)]);
  return true;
}

}  // namespace

template <typename T>
bool draw_initial_state(Model<T>& model, std::uint64_t seed, const std::function<bool()>& stop) {
  const ParameterLayout layout(model.config);
  for (int k = 0; k <= layout.depth(); k++) {
    Random random(seed, static_cast<std::uint64_t>(k));
    const auto parameters = layout.view(model.values.data(), k);
    const auto& v = parameters.v;
    if (!fill_orthogonal(v.data[0], v.rows, v.cols, random, stop)) return false;
    if (v.count == 2) std::copy_n(v.data[0], v.rows * v.cols, v.data[1]);
    const Layer& layer = layout.layers()[static_cast<std::size_t>(k)];
    std::fill_n(parameters.g, layer.lengths(), layer.residual ? T(0) : T(1));
  }
  return true;
}

std::size_t drawing_bytes(const NetworkConfig& config) {
  Index largest = 0;
  for (const Layer& layer : layers_of(config)) largest = std::max(largest, layer.in * layer.out);
  return static_cast<std::size_t>(largest) * sizeof(double);
}

template bool draw_initial_state(Model<float>&, std::uint64_t, const std::function<bool()>&);
template bool draw_initial_state(Model<double>&, std::uint64_t, const std::function<bool()>&);

}  // namespace psilon
