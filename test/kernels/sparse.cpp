/// Networks whose weights are mostly zeros.

#include <algorithm>
#include <numeric>

#include "backend/sparse.h"
#include "bench.h"

namespace psilon::kernels {

namespace {

/// The nonzero entries of a matrix [out, width] by rows and by columns, those sorted by length.
struct Entries {
  struct Lines {
    std::vector<Index> starts{0};
    std::vector<std::uint32_t> indices;
    Values values;

    void add(std::size_t across, double value) {
      indices.push_back(static_cast<std::uint32_t>(across));
      values.push_back(value);
    }
    void end() { starts.push_back(static_cast<Index>(values.size())); }
  };

  Lines rows, columns;
  std::vector<std::uint32_t> order;

  Entries(const Values& w, std::size_t out, std::size_t width) : order(width) {
    const auto length = [&](std::uint32_t c) {
      std::size_t count = 0;
      for (std::size_t i = 0; i < out; i++) count += w[i * width + c] != 0;
      return count;
    };
    std::iota(order.begin(), order.end(), 0u);
    std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return length(a) < length(b); });
    for (std::size_t i = 0; i < out; i++, rows.end())
      for (const std::size_t c : order)
        if (w[i * width + c] != 0) rows.add(c, w[i * width + c]);
    for (const std::size_t c : order) {
      for (std::size_t i = 0; i < out; i++)
        if (w[i * width + c] != 0) columns.add(i, w[i * width + c]);
      columns.end();
    }
  }
};

struct Block {
  Activation activation;
  bool residual;
  Index in, out;

  Index width() const { return activation == Activation::CRelu ? 2 * in : in; }
};

template <typename T>
void check_network(Bench<T>& bench, const std::vector<Block>& blocks, Index n, double share) {
  std::vector<Entries> entries;
  std::vector<Values> b;
  Index widest = 0;
  for (const Block& block : blocks) {
    auto w = bench.draw(block.out * block.width(), 0.5);
    for (double& each : w)
      if (static_cast<double>(bench.random.below(1000)) >= 1000 * share) each = 0;
    entries.emplace_back(w, static_cast<std::size_t>(block.out), static_cast<std::size_t>(block.width()));
    b.push_back(bench.draw(block.out));
    widest = std::max({widest, block.width(), block.out});
  }
  const auto x = bench.draw(n * blocks[0].in);
  const std::string shape = std::to_string(n) + " rows, " + std::to_string(blocks.size()) + " layers of " +
                            std::to_string(blocks[0].out) + ", share " + text_of(share);
  bench.check("sparse_forward", shape, [&]<typename U>(Call<U>& call) {
    std::vector<SparseLayer<U>> layers;
    const auto place = [&](const Entries::Lines& lines) {
      return SparseLines<U>{call.in(lines.starts), call.in(lines.indices), call.in(lines.values)};
    };
    for (std::size_t k = 0; k < blocks.size(); k++)
      layers.push_back({blocks[k].activation, blocks[k].residual, blocks[k].in, blocks[k].out, place(entries[k].rows),
                        place(entries[k].columns), call.in(entries[k].order), call.in(b[k])});
    call.backend.reserve_sparse(widest);
    call.backend.sparse_forward({.layers = layers.data(),
                                 .count = static_cast<int>(layers.size()),
                                 .x = call.in(x, n, blocks[0].in),
                                 .f = call.out("f", n, blocks.back().out, bench.tolerance.sum)});
  });
}

}  // namespace

template <typename T>
void check_sparse(Bench<T>& bench) {
  constexpr auto identity = Activation::Identity, relu = Activation::Relu, crelu = Activation::CRelu;
  for (const double share : {0.0, 0.1, 0.5})
    for (const Index n : {1, 2, 17, 33, 400}) {
      check_network(bench, {{identity, false, 7, 33}, {relu, false, 33, 18}, {relu, false, 18, 3}}, n, share);
      check_network(bench, {{identity, false, 7, 41}, {crelu, true, 41, 41}, {crelu, false, 41, 1}}, n, share);
    }
}

template void check_sparse(Bench<float>&);
template void check_sparse(Bench<double>&);

}  // namespace psilon::kernels
