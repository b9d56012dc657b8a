#include "network/parameters.h"

#include <utility>

namespace psilon {

namespace {
constexpr Index kAlignment = 16;  // elements: a cache line of float32, two of float64
}

ParameterLayout::ParameterLayout(const NetworkConfig& config) : layers_(layers_of(config)) {
  for (int k = 0; k <= depth(); k++) {
    const Layer& layer = layers_[static_cast<std::size_t>(k)];
    const std::string prefix = "layers." + std::to_string(k) + ".";
    first_entry_.push_back(entries_.size());
    const auto add = [&](const char* name, std::vector<Index> shape) {
      entries_.push_back({prefix + name, std::move(shape), 0});
    };
    if (layer.matrices == 1) {
      add("v", {layer.out, layer.in});
    } else {
      add("vPos", {layer.out, layer.in});
      add("vNeg", {layer.out, layer.in});
    }
    if (layer.normalized()) add("g", {layer.lengths()});
    add("b", {layer.out});
  }
  place(true);
  weights_size_ = size_;
  place(false);
}

void ParameterLayout::place(bool weights) {
  for (Entry& entry : entries_) {
    if ((entry.shape.size() == 2) != weights) continue;
    entry.offset = size_;
    size_ += (entry.size() + kAlignment - 1) / kAlignment * kAlignment;
  }
}

Index ParameterLayout::count() const {
  Index count = 0;
  for (const Entry& entry : entries_) count += entry.size();
  return count;
}

}  // namespace psilon
