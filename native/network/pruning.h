#pragma once

#include <optional>
#include <string>

#include "backend/backend.h"
#include "network/parameters.h"

namespace psilon {

/// How far rows are pruned: to a target exact sparsity of the network, or by projecting rows scaled to an L1 norm;
/// neither projects rows as they are.
struct PruneTarget {
  std::optional<double> sparsity;
  std::optional<double> scale;

  template <typename Self, typename Visit>
  static void fields(Self& self, const Visit& visit) {
    visit("sparsity", self.sparsity);
    visit("scale", self.scale);
  }
};

/// The largest share of zeros that a network of this shape can have, as every row keeps an entry.
double reachable_sparsity(const NetworkConfig& config);

/// Throws ERR_UNREACHABLE with the reachable figure if no network of this shape can have the target sparsity, as every
/// row keeps an entry; ERR_UNSUPPORTED for a plain network.
template <typename T>
void require_reachable(const Model<T>& model, const PruneTarget& target);

/// Scales rows so that their projection meets the target; the network's function stays (method, section 14).
/// Throws ERR_UNREACHABLE with the reachable figure.
template <typename T>
Model<T> scale_for(Backend<T>& backend, const Model<T>& model, const PruneTarget& target);

/// The config of a network after `settle`, except for its zeros.
NetworkConfig settled_config(const NetworkConfig& config);

/// v <- (1 - alpha) v / n + alpha p: what a blended network computes, at alpha = 0. L2 rows take their changed norm
/// into g, so a shared length becomes one per row. alpha = 1 makes the zeros of p the network's support.
template <typename T>
Model<T> settle(Backend<T>& backend, const Model<T>& model, T alpha);

/// Number of networks that each of these holds on the host at once, its argument and its result included.
inline constexpr int kMaxModelsToPrune = 4;

/// Projects v; first scales its rows anew if its projection misses the target sparsity.
template <typename T>
Model<T> reach_target(Backend<T>& backend, const Model<T>& model, const PruneTarget& target);

/// Exact zeros now. A network that already meets the target stays as it is.
template <typename T>
Model<T> prune(Backend<T>& backend, const Model<T>& model, const PruneTarget& target);

}  // namespace psilon
