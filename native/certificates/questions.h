#pragma once

#include <array>
#include <optional>
#include <vector>

#include "certificates/branch_and_bound.h"
#include "certificates/build_graph.h"
#include "support/words.h"

namespace psilon::certificates {

/// How bounds are found, each at least as good as the one before: path norms; intervals of values and of slopes; linear
/// relaxation; branch and bound.
enum class Level { Global, Local, Linear, Exact };

}  // namespace psilon::certificates

namespace psilon {
template <>
inline constexpr auto kWords<certificates::Level> = std::to_array<Word<certificates::Level>>({
    {"global", certificates::Level::Global},
    {"local", certificates::Level::Local},
    {"linear", certificates::Level::Linear},
    {"exact", certificates::Level::Exact},
});
}  // namespace psilon

namespace psilon::certificates {

/// How small can one of several sums <objective, f> of outputs become in a box?
struct Question {
  Box box;
  std::vector<std::vector<double>> objectives;
};

/// Predictions give no less than `lower`; at levels local and linear, level local knows of `local`. At level exact,
/// `upper` is about what they give at `point`.
struct Answer {
  double lower = -kInfinity, local = -kInfinity, upper = kInfinity;
  std::vector<double> point;
  Index nodes = 0;
};

/// The sums of outputs that are all positive where class c is predicted; of a single output, where its class is.
std::vector<std::vector<double>> margins_of(std::size_t c, std::size_t outputs);

Answer answer(const std::vector<ReluNetwork>& networks, const Question& question, Level level, Bound bound,
              const Search& search);

/// Between which numbers the slopes of the first objective are in the box, one for each input; infinite where nothing
/// is known. They are those of the network in exact arithmetic.
std::vector<Range> slopes(const std::vector<ReluNetwork>& networks, const Question& question);

}  // namespace psilon::certificates
