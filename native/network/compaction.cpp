#include "network/compaction.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace psilon {

namespace {

/// A layer that can change its size. g has one length per row; plain layers have ones.
template <typename T>
struct Block {
  Layer layer;
  std::vector<std::vector<T>> v[2];  // [row][column]
  std::vector<double> g, b;
  bool shared;

  bool reads(std::size_t row, std::size_t column) const {
    for (int s = 0; s < layer.matrices; s++)
      if (v[s][row][column] != 0 && g[row] != 0) return true;
    return false;
  }
  bool constant(std::size_t row) const {
    for (std::size_t j = 0; j < v[0][row].size(); j++)
      if (reads(row, j)) return false;
    return true;
  }
  double norm(std::size_t row) const {
    if (!layer.normalized()) return 1;
    double l1 = 0, l2 = 0;
    for (std::size_t j = 0; j < v[0][row].size(); j++) {
      double t = 0;
      for (int s = 0; s < layer.matrices; s++) t = std::max(t, std::abs(static_cast<double>(v[s][row][j])));
      l1 += t;
      l2 += t * t;
    }
    return layer.normalization == Normalization::L1 ? l1 : std::sqrt(l2);
  }
};

template <typename T>
std::vector<Block<T>> unpack(const Model<T>& model) {
  const ParameterLayout layout(model.config);
  std::vector<Block<T>> blocks;
  for (int k = 0; k <= layout.depth(); k++) {
    const Layer& layer = layout.layers()[static_cast<std::size_t>(k)];
    const auto p = layout.view(model.values.data(), k);
    Block<T> block{layer, {}, {}, {p.b, p.b + layer.out}, layer.shared_length};
    for (Index i = 0; i < layer.out; i++) {
      for (int s = 0; s < layer.matrices; s++) block.v[s].emplace_back(p.v.row(s, i), p.v.row(s, i) + layer.in);
      block.g.push_back(!layer.normalized() ? 1 : static_cast<double>(p.g[layer.shared_length ? 0 : i]));
    }
    blocks.push_back(std::move(block));
  }
  return blocks;
}

template <typename T>
Model<T> pack(const NetworkConfig& config, const std::vector<Block<T>>& blocks) {
  Model<T> model{config, {}};
  model.config.hidden.clear();
  model.config.shared_length.clear();
  for (std::size_t k = 0; k + 1 < blocks.size(); k++) {
    model.config.hidden.push_back(static_cast<Index>(blocks[k].b.size()));
    model.config.shared_length.push_back(blocks[k].shared);
  }
  const ParameterLayout layout(model.config);
  model.values.resize(static_cast<std::size_t>(layout.size()));
  for (int k = 0; k <= layout.depth(); k++) {
    const Block<T>& block = blocks[static_cast<std::size_t>(k)];
    const auto p = layout.view(model.values.data(), k);
    for (std::size_t i = 0; i < block.b.size(); i++) {
      for (int s = 0; s < p.v.count; s++)
        std::copy(block.v[s][i].begin(), block.v[s][i].end(), p.v.row(s, static_cast<Index>(i)));
      p.b[i] = static_cast<T>(block.b[i]);
    }
    const Index lengths = layout.layers()[static_cast<std::size_t>(k)].lengths();
    for (Index i = 0; i < lengths; i++) p.g[i] = static_cast<T>(block.g[static_cast<std::size_t>(i)]);
  }
  return model;
}

/// A constant row has any direction and length 0, so that its weights stay exactly 0.
template <typename T>
void make_constant(Block<T>& block, std::size_t row) {
  for (int s = 0; s < block.layer.matrices; s++) std::fill(block.v[s][row].begin(), block.v[s][row].end(), T(0));
  if (!block.layer.normalized()) return;
  block.v[0][row][0] = 1;
  if (block.g[row] != 0) block.shared = false;
  block.g[row] = 0;
}

/// Adds relu(b_i) of the constant unit i to the biases that read it, and removes the reads.
template <typename T>
void fold_unit(Block<T>& reader, std::size_t unit, double value) {
  for (std::size_t row = 0; row < reader.b.size(); row++) {
    if (!reader.reads(row, unit)) continue;
    const double before = reader.norm(row);
    T& v = reader.v[0][row][unit];
    reader.b[row] += reader.g[row] * static_cast<double>(v) / before * value;
    v = 0;
    if (!reader.layer.normalized()) continue;
    reader.g[row] *= reader.norm(row) / before;
    reader.shared = false;
    if (reader.norm(row) == 0) make_constant(reader, row);
  }
}

template <typename Item>
void keep_only(std::vector<Item>& items, const std::vector<bool>& keep) {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < items.size(); i++) {
    if (!keep[i]) continue;
    if (kept != i) items[kept] = std::move(items[i]);
    kept++;
  }
  items.resize(kept);
}

template <typename T>
void drop_rows(Block<T>& block, const std::vector<bool>& keep) {
  for (int s = 0; s < block.layer.matrices; s++) keep_only(block.v[s], keep);
  keep_only(block.g, keep);
  keep_only(block.b, keep);
}

template <typename T>
void drop_columns(Block<T>& block, const std::vector<bool>& keep) {
  for (std::size_t row = 0; row < block.b.size(); row++) {
    const bool constant = block.constant(row);
    for (int s = 0; s < block.layer.matrices; s++) keep_only(block.v[s][row], keep);
    if (constant) make_constant(block, row);
  }
}

bool keeps_none(const std::vector<bool>& keep) {
  return std::none_of(keep.begin(), keep.end(), [](bool k) { return k; });
}

template <typename T>
void compact_mlp(std::vector<Block<T>>& blocks) {
  for (std::size_t k = 0; k + 1 < blocks.size(); k++)
    for (std::size_t i = 0; i < blocks[k].b.size(); i++)
      if (blocks[k].constant(i)) fold_unit(blocks[k + 1], i, std::max(blocks[k].b[i], 0.0));
  for (std::size_t k = blocks.size() - 1; k-- > 0;) {
    const Block<T>& reader = blocks[k + 1];
    std::vector<bool> keep(blocks[k].b.size(), false);
    for (std::size_t i = 0; i < keep.size(); i++)
      for (std::size_t row = 0; row < reader.b.size() && !keep[i]; row++) keep[i] = reader.reads(row, i);
    if (keeps_none(keep)) {
      keep[0] = true;
      make_constant(blocks[k], 0);
    }
    drop_rows(blocks[k], keep);
    drop_columns(blocks[k + 1], keep);
  }
}

template <typename T>
void drop_empty_residual_blocks(std::vector<Block<T>>& blocks) {
  for (std::size_t k = blocks.size() - 2; k >= 1; k--) {
    bool empty = true;
    for (std::size_t i = 0; i < blocks[k].b.size(); i++) empty = empty && blocks[k].constant(i);
    if (!empty) continue;
    for (std::size_t i = 0; i < blocks[k].b.size(); i++) blocks[k - 1].b[i] += blocks[k].b[i];
    blocks.erase(blocks.begin() + static_cast<std::ptrdiff_t>(k));
  }
}

/// A coordinate of the residual stream lives if the output layer reads it, or a block does to write a coordinate that
/// lives.
template <typename T>
std::vector<bool> living_coordinates(const std::vector<Block<T>>& blocks) {
  std::vector<bool> lives(blocks[0].b.size(), false);
  const auto mark_read = [&](const Block<T>& block, std::size_t row) {
    bool changed = false;
    for (std::size_t j = 0; j < lives.size(); j++) {
      if (lives[j] || !block.reads(row, j)) continue;
      lives[j] = changed = true;
    }
    return changed;
  };
  for (std::size_t row = 0; row < blocks.back().b.size(); row++) mark_read(blocks.back(), row);
  for (bool changed = true; changed;) {
    changed = false;
    for (std::size_t k = 1; k + 1 < blocks.size(); k++)
      for (std::size_t row = 0; row < lives.size(); row++)
        if (lives[row]) changed = mark_read(blocks[k], row) || changed;
  }
  return lives;
}

template <typename T>
void compact_resnet(std::vector<Block<T>>& blocks) {
  auto lives = living_coordinates(blocks);
  if (keeps_none(lives)) {
    lives[0] = true;
    for (std::size_t k = 0; k + 1 < blocks.size(); k++) make_constant(blocks[k], 0);
  }
  for (std::size_t k = 0; k < blocks.size(); k++) {
    if (k + 1 < blocks.size()) drop_rows(blocks[k], lives);
    if (k > 0) drop_columns(blocks[k], lives);
  }
  drop_empty_residual_blocks(blocks);
}

}  // namespace

template <typename T>
Model<T> compact(const Model<T>& model) {
  auto blocks = unpack(model);
  if (model.config.kind == NetworkKind::Mlp)
    compact_mlp(blocks);
  else
    compact_resnet(blocks);
  return pack(model.config, blocks);
}

template Model<float> compact(const Model<float>&);
template Model<double> compact(const Model<double>&);

}  // namespace psilon
