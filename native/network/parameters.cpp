#include "network/parameters.h"

#include <algorithm>
#include <cmath>

#include "support/error.h"

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

template <typename T>
void check_parameters(const Model<T>& model, const std::string& operation) {
  const ParameterLayout layout(model.config);
  for (const auto& entry : layout.entries())
    for (Index i = 0; i < entry.size(); i++)
      if (!std::isfinite(model.values[static_cast<std::size_t>(entry.offset + i)]))
        throw Error("ERR_DATA", "[" + operation + "] " + entry.name + " has a value that is not finite at index " +
                                    std::to_string(i));
  if (model.config.normalization == Normalization::None) return;
  for (int k = 0; k <= layout.depth(); k++) {
    const auto v = layout.view(model.values.data(), k).v;
    for (Index i = 0; i < v.rows; i++) {
      bool empty = true;
      for (int s = 0; s < v.count; s++)
        empty = empty && std::all_of(v.row(s, i), v.row(s, i) + v.cols, [](T x) { return x == 0; });
      if (empty)
        throw Error("ERR_DATA", "[" + operation + "] layer " + std::to_string(k) + " has only zeros in row " +
                                    std::to_string(i) + " of v, and a row of zeros has no direction");
    }
  }
}

template void check_parameters(const Model<float>&, const std::string&);
template void check_parameters(const Model<double>&, const std::string&);

}  // namespace psilon
