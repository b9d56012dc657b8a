#pragma once

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>

#include "backend/backend.h"

namespace psilon::kernels {

/// Every operation as plain loops in double, one sum after the other as its formula in operations.h has it.
class Reference final : public Backend<double> {
  using T = double;

 public:
  void* allocate(std::size_t bytes) override { return std::malloc(bytes); }
  void release(void* memory, std::size_t) override { std::free(memory); }
  void upload(void* device, const void* host, std::size_t bytes) override { std::memcpy(device, host, bytes); }
  void download(void* host, const void* device, std::size_t bytes) override { std::memcpy(host, device, bytes); }
  void zero(void* memory, std::size_t bytes) override { std::memset(memory, 0, bytes); }
  bool reads_host_memory() const override { return true; }
  std::chrono::milliseconds download_interval() const override { return {}; }
  std::size_t free_bytes() const override { return 0; }
  const char* instruction_set() const override { return "reference"; }

  void reserve(const LayerShape&) override {}
  std::size_t scratch_bytes(const std::vector<LayerShape>&) const override { return 0; }
  std::unique_ptr<Recording> record(const char*, Works works) override;
  double sparse_density() const override { return 0; }
  void reserve_sparse(Index) override {}
  PSILON_OPERATIONS(PSILON_OVERRIDE_OPERATION)
};

inline double sign(double x) { return x > 0 ? 1 : x < 0 ? -1 : 0; }

/// Entry (i, j) of a layer's weights as they are used: W_s = diag(scale) M_s.
inline double entry(const Weights<double>& w, int s, Index i, Index j) {
  return (w.scale == nullptr ? 1 : w.scale[i]) * w.m.row(s, i)[j];
}

/// act_s(x)
inline double activate(Activation activation, int s, double x) {
  if (activation == Activation::Identity) return x;
  if (s == 0) return x < 0 ? 0 : x;
  return x > 0 ? 0 : x;
}

/// A step of Adam for one number; whether p and u are finite.
inline bool adam_step(const AdamRate<double>& at, double d, double& p, double& m, double& u) {
  m = at.beta1 * m + at.fresh1 * d;
  u = at.beta2 * u + at.fresh2 * d * d;
  p -= at.rate * m / (std::sqrt(u) * at.inverse_root + 1e-8);
  return std::isfinite(p) && std::isfinite(u);
}

/// v~_ij
inline double envelope(const Matrices<const double>& v, Index i, Index j) {
  double largest = 0;
  for (int s = 0; s < v.count; s++) largest = std::max(largest, std::abs(v.row(s, i)[j]));
  return largest;
}

/// n_i
double row_norm(const Matrices<const double>& v, Index i, Normalization normalization);

/// The tau with sum_j max(v~_j - tau, 0) = 1 for row i of factor * v, by sorting.
double threshold(const Matrices<const double>& v, Index i, double factor, bool keep_zeros);

/// Entry of the projection of a row with this tau: s max(|v| - tau, 0), on the support of v if zeros are kept.
inline double projected(double v, double tau, bool keep_zeros) {
  if (keep_zeros && v == 0) return 0;
  return (v < 0 ? -1 : 1) * std::max(std::abs(v) - tau, 0.0);
}

}  // namespace psilon::kernels
