/// Networks whose weights are mostly zeros.

#include <algorithm>

#include "backend/sparse.h"
#include "bench.h"

namespace psilon::kernels {

namespace {

/// The nonzero entries of a matrix [out, width], its rows in reverse.
struct Entries {
  std::vector<Index> starts{0};
  std::vector<std::uint32_t> rows;
  std::vector<std::uint32_t> columns;
  Values values;

  Entries(const Values& w, std::size_t out, std::size_t width) {
    for (std::size_t i = out; i-- > 0;) rows.push_back(static_cast<std::uint32_t>(i));
    for (std::size_t first = 0; first < out; first += kSideBySide) {
      std::vector<std::size_t> lanes[kSideBySide];
      std::size_t longest = 0;
      for (std::size_t r = 0; r < kSideBySide && first + r < out; r++) {
        for (std::size_t j = 0; j < width; j++)
          if (w[rows[first + r] * width + j] != 0) lanes[r].push_back(j);
        longest = std::max(longest, lanes[r].size());
      }
      for (std::size_t e = 0; e < longest; e++)
        for (std::size_t r = 0; r < kSideBySide; r++) {
          const bool there = e < lanes[r].size();
          columns.push_back(static_cast<std::uint32_t>(there ? lanes[r][e] : width));
          values.push_back(there ? w[rows[first + r] * width + lanes[r][e]] : 0);
        }
      starts.push_back(starts.back() + static_cast<Index>(longest));
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
    for (std::size_t k = 0; k < blocks.size(); k++)
      layers.push_back({blocks[k].activation,
                        blocks[k].residual,
                        blocks[k].in,
                        blocks[k].out,
                        {call.in(entries[k].starts), call.in(entries[k].rows), call.in(entries[k].columns),
                         call.in(entries[k].values)},
                        call.in(b[k])});
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
  // a row whose layers are worth several threads
  check_network(bench, {{identity, false, 7, 301}, {relu, false, 301, 301}, {relu, false, 301, 3}}, 1, 0.5);
  check_network(bench, {{identity, false, 7, 301}, {crelu, true, 301, 301}, {crelu, false, 301, 3}}, 1, 0.5);
}

template void check_sparse(Bench<float>&);
template void check_sparse(Bench<double>&);

}  // namespace psilon::kernels
