#include "network/pruning.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>

#include "network/sparsity.h"
#include "support/error.h"

namespace psilon {

namespace {

/// At larger scales float32 no longer resolves the projected entries.
constexpr double kLargestScale = 1 << 20;
/// A row of norm 1 is its own projection, and rounding would move its zeros: smaller scales prune nothing.
constexpr double kSmallestScale = 1.001;

std::string percent(double share) {
  char text[32];
  std::snprintf(text, sizeof text, "%.5g %%", 100 * share);
  return text;
}

[[noreturn]] void refuse_target(double target, double reachable) {
  throw Error("ERR_UNREACHABLE", "sparsity " + percent(target) + " cannot be reached: every row keeps an entry, so " +
                                     percent(reachable) + " is the most this network can have");
}

/// The smallest scale whose projection has the target sparsity, by bisection of its logarithm.
template <typename T>
double find_scale(SparsityMeter<T>& meter, const T* parameters, double target) {
  const auto sparsity_at = [&](double scale) {
    return meter.measure(parameters, SparsityMeter<T>::Kind::Projected, static_cast<T>(scale));
  };
  const double reachable = sparsity_at(kLargestScale);
  if (reachable < target) refuse_target(target, reachable);
  double low = std::log(kSmallestScale), high = std::log(kLargestScale);
  if (sparsity_at(kSmallestScale) >= target) return kSmallestScale;
  while (high - low > 1e-4) {
    const double middle = (low + high) / 2;
    (sparsity_at(std::exp(middle)) >= target ? high : low) = middle;
  }
  return std::exp(high);
}

/// v <- scale v / |v~|_1, row by row.
template <typename T>
void scale_to(Backend<T>& backend, const ParameterLayout& layout, T* values, T scale) {
  const Buffer<T> length(backend, std::vector<T>{scale});
  const Buffer<T> norm(backend, widest(layout.layers()));
  const Buffer<T> factor(backend, widest(layout.layers()));
  for (int k = 0; k <= layout.depth(); k++) {
    const auto v = layout.view(values, k).v;
    backend.row_scales({v, Normalization::L1, length.data(), true, false, norm.data(), factor.data()});
    backend.scale_rows({v, factor.data()});
  }
}

template <typename T>
void require_projection(const Model<T>& model) {
  if (model.config.normalization == Normalization::None)
    throw Error("ERR_UNSUPPORTED", "a plain network (normalization 'none') has no projection");
}

}  // namespace

double reachable_sparsity(const NetworkConfig& config) {
  double zeros = 0, rows = 0;
  for (const Layer& layer : layers_of(config)) {
    zeros += static_cast<double>(layer.matrices * layer.out) -
             static_cast<double>(layer.out) / static_cast<double>(layer.in);
    rows += static_cast<double>(layer.matrices * layer.out);
  }
  return zeros / rows;
}

template <typename T>
void require_reachable(const Model<T>& model, const PruneTarget& target) {
  require_projection(model);
  if (!target.sparsity) return;
  const double reachable = reachable_sparsity(model.config);
  if (reachable < *target.sparsity) refuse_target(*target.sparsity, reachable);
}

template <typename T>
Model<T> scale_for(Backend<T>& backend, const Model<T>& model, const PruneTarget& target) {
  require_projection(model);
  const ParameterLayout layout(model.config);
  const Buffer<T> values(backend, model.values);
  if (!target.sparsity && !target.scale) return model;
  SparsityMeter<T> meter(backend, layout, model.config.pruned);
  double scale = target.scale ? *target.scale : find_scale(meter, values.data(), *target.sparsity);
  // Scaled entries are rounded, so that one at the threshold may fall on the other side of it than in the search.
  for (;; scale *= 1.0001) {
    scale_to(backend, layout, values.data(), static_cast<T>(scale));
    if (!target.sparsity) break;
    const double reached = meter.measure(values.data(), SparsityMeter<T>::Kind::Projected);
    if (reached >= *target.sparsity) break;
    if (scale > 2 * kLargestScale) refuse_target(*target.sparsity, reached);
  }
  return {model.config, values.download()};
}

NetworkConfig settled_config(const NetworkConfig& config) {
  NetworkConfig settled = config;
  if (config.normalization == Normalization::L2) settled.shared_length.assign(config.shared_length.size(), false);
  return settled;
}

template <typename T>
Model<T> settle(Backend<T>& backend, const Model<T>& model, T alpha) {
  if (alpha == 0) return model;
  const ParameterLayout layout(model.config);
  const bool l2 = model.config.normalization == Normalization::L2;
  Model<T> settled{settled_config(model.config), {}};
  settled.config.pruned = model.config.pruned || alpha == 1;
  const ParameterLayout target(settled.config);
  settled.values.resize(static_cast<std::size_t>(target.size()));

  const Buffer<T> values(backend, model.values);
  const Buffer<T> one(backend, std::vector<T>{1});
  const Buffer<T> blend(backend, std::vector<T>{alpha});
  const Index widest_layer = widest(layout.layers());
  const Buffer<T> norm(backend, widest_layer), scale(backend, widest_layer), tau(backend, widest_layer);
  for (int k = 0; k <= layout.depth(); k++) {
    const auto from = layout.view(values.data(), k);
    backend.row_scales({from.v, model.config.normalization, one.data(), true, false, norm.data(), scale.data()});
    backend.thresholds({from.v, model.config.pruned, tau.data()});
    backend.blend({from.v, scale.data(), nullptr, true, tau.data(), model.config.pruned, blend.data(), from.v});
    backend.row_scales({from.v, Normalization::L2, one.data(), true, false, norm.data(), scale.data()});
    const auto norms = norm.download();

    const auto old = layout.view(model.values.data(), k);
    const auto to = target.view(settled.values.data(), k);
    const auto entries = static_cast<std::size_t>(from.v.rows * from.v.cols);
    for (int s = 0; s < from.v.count; s++) backend.download(to.v.data[s], from.v.data[s], entries * sizeof(T));
    std::copy_n(old.b, to.v.rows, to.b);
    const bool was_shared = layout.layers()[static_cast<std::size_t>(k)].shared_length;
    const Index lengths = target.layers()[static_cast<std::size_t>(k)].lengths();
    for (Index i = 0; i < lengths; i++)
      to.g[i] = old.g[was_shared ? 0 : i] * (l2 ? norms[static_cast<std::size_t>(i)] : T(1));
  }
  return settled;
}

template <typename T>
Model<T> reach_target(Backend<T>& backend, const Model<T>& model, const PruneTarget& target) {
  const auto projected = [&] {
    const ParameterLayout layout(model.config);
    const Buffer<T> values(backend, model.values);
    return SparsityMeter<T>(backend, layout, model.config.pruned)
        .measure(values.data(), SparsityMeter<T>::Kind::Projected);
  };
  const bool misses = target.sparsity && projected() < *target.sparsity;
  return settle(backend, misses ? scale_for(backend, model, target) : model, T(1));
}

template <typename T>
Model<T> prune(Backend<T>& backend, const Model<T>& model, const PruneTarget& target) {
  require_projection(model);
  if (model.config.pruned) {
    const ParameterLayout layout(model.config);
    const Buffer<T> values(backend, model.values);
    SparsityMeter<T> meter(backend, layout, model.config.pruned);
    const double exact = meter.measure(values.data(), SparsityMeter<T>::Kind::Exact);
    const bool met = target.sparsity ? exact >= *target.sparsity : !target.scale || *target.scale < kSmallestScale;
    if (met) return model;
  }
  return settle(backend, scale_for(backend, model, target), T(1));
}

#define PSILON_INSTANTIATE(T)                                                       \
  template void require_reachable(const Model<T>&, const PruneTarget&);             \
  template Model<T> scale_for(Backend<T>&, const Model<T>&, const PruneTarget&);    \
  template Model<T> settle(Backend<T>&, const Model<T>&, T);                        \
  template Model<T> reach_target(Backend<T>&, const Model<T>&, const PruneTarget&); \
  template Model<T> prune(Backend<T>&, const Model<T>&, const PruneTarget&);
PSILON_INSTANTIATE(float)
PSILON_INSTANTIATE(double)

}  // namespace psilon
