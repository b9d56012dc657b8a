#include "certificates/branch_and_bound.h"

#include <cmath>
#include <queue>

#include "certificates/linear_program.h"

namespace psilon::certificates {

namespace {

/// A part of the box: signs of some units, 0 where free; ranges of all of them there; and a lower bound.
struct Node {
  std::vector<int> signs;
  std::vector<Range> ranges;
  double bound;
  std::size_t branch = 0;  // the unit whose sign is fixed next
};

struct Worse {
  bool operator()(const Node& a, const Node& b) const { return a.bound > b.bound; }
};

/// The graph of a node, and which of its units, or which constant, each unit of the whole graph is there.
class NodeGraph {
 public:
  NodeGraph(const Graph& whole, Node& node)
      : graph_({whole.lower(), whole.upper()}, Ranges::Backward, whole.relative_error()), whole_(whole), node_(node) {
    for (const auto& group : whole.groups())
      if (!empty_) add_group(group);
  }

  /// No point of the box has these signs.
  bool empty() const { return empty_; }
  const Graph& graph() const { return graph_; }
  /// The unit of the whole graph that unit u of this graph is.
  std::size_t origin(std::size_t u) const { return origins_[u]; }
  /// Rows that are at least 0, less their error.
  const std::vector<Row>& constraints() const { return constraints_; }

  Row transferred(const Row& row) const { return transferred(std::vector{row}).front(); }

 private:
  struct Part {
    int sign;
    Row row;
    std::size_t unit;  // the next one of this graph
  };

  /// Rows of one length that begin with the same unit.
  std::vector<Row> transferred(const std::vector<Row>& rows) const {
    const std::size_t n = graph_.inputs(), first = rows.front().first, end = first + rows.front().a.size() - n;
    auto to = graph_.zeros(rows.size(), first < parts_.size() ? parts_[first].unit : graph_.units());
    for (std::size_t i = 0; i < rows.size(); i++) {
      std::copy_n(rows[i].a.begin(), n, to[i].a.begin());
      to[i].constant = rows[i].constant;
      to[i].error = rows[i].error + graph_.relative_error() * rows[i].terms;
    }
    for (const auto& group : whole_.groups())
      if (group.begin >= first && group.end <= end) add_parts(group, rows, to);
    for (Row& row : to) graph_.measure(row);
    return to;
  }

  /// What the units of a group are here, times their coefficients.
  void add_parts(const Graph::Group& group, const std::vector<Row>& rows, std::vector<Row>& to) const {
    std::vector<std::size_t> active, free;
    std::vector<const Row*> of;
    for (std::size_t u = group.begin; u < group.end; u++) {
      if (parts_[u].sign == 0) free.push_back(u);
      if (parts_[u].sign <= 0) continue;
      active.push_back(u);
      of.push_back(&parts_[u].row);
    }
    std::vector<double> factors, open(free.size());
    for (std::size_t i = 0; i < rows.size(); i++) {
      const auto a = rows[i].a.subspan(graph_.inputs() + group.begin - rows[i].first);
      for (const std::size_t u : active) factors.push_back(a[u - group.begin]);
      for (std::size_t k = 0; k < free.size(); k++) open[k] = a[free[k] - group.begin];
      if (!free.empty()) graph_.add_units(open, parts_[free.front()].unit, to[i]);
    }
    graph_.add(factors, of, to);
  }

  void add_group(const Graph::Group& group) {
    std::vector<Row> rows;
    for (std::size_t u = group.begin; u < group.end; u++) rows.push_back(whole_.unit(u));
    rows = transferred(rows);
    const auto found = graph_.bounds(rows);
    for (std::size_t i = 0; i < rows.size() && !empty_; i++) add_unit(group.begin + i, rows[i], found[i]);
  }

  void add_unit(std::size_t u, const Row& row, const Graph::Bounds& found) {
    Range& range = node_.ranges[u];
    range = {std::max(range.lower, found.range.lower), std::min(range.upper, found.range.upper)};
    const int fixed = node_.signs[u];
    if (fixed > 0 ? range.upper < 0 : fixed < 0 ? range.lower > 0 : range.empty()) {
      empty_ = true;
      return;
    }
    const int sign = fixed != 0 ? fixed : range.lower >= 0 ? 1 : range.upper <= 0 ? -1 : 0;
    if (fixed > 0 && found.range.lower < 0) constraints_.push_back(row);
    if (fixed < 0 && found.range.upper > 0) constraints_.push_back(graph_.negative(row));
    parts_.push_back({sign, row, graph_.units()});
    if (sign != 0) return;
    origins_.push_back(u);
    graph_.open(row, range, found.jacobian);
  }

  Graph graph_;
  const Graph& whole_;
  Node& node_;
  std::vector<Part> parts_;
  std::vector<std::size_t> origins_;
  std::vector<Row> constraints_;
  bool empty_ = false;
};

/// Variables: the inputs, and relu(z_u) of each unit. Rows: relu(z_u) is above z_u and below its upper line, for each
/// unit in turn; then the constraints.
LinearProgram program_of(const NodeGraph& node, const Row& objective) {
  const Graph& graph = node.graph();
  const std::size_t n = graph.inputs(), columns = n + graph.units();
  LinearProgram program{
      {objective.a.begin(), objective.a.end()}, graph.lower(), graph.upper(), objective.constant, {}, {}};
  for (std::size_t u = 0; u < graph.units(); u++) {
    program.lower.push_back(0);
    program.upper.push_back(graph.range(u).upper);
  }
  const auto add = [&](double factor, const Row& row, double least) {
    const std::size_t first = program.rows.size();
    program.rows.resize(first + columns);
    for (std::size_t j = 0; j < row.a.size(); j++)
      program.rows[first + (j < n ? j : j + row.first)] = factor * row.a[j];
    const double error = kUp * std::abs(factor) * (row.error + 2 * graph.relative_error() * row.terms);
    program.least.push_back(least - factor * row.constant - error);
    return first;
  };
  for (std::size_t u = 0; u < graph.units(); u++) {
    const UpperLine line(graph.range(u));
    const std::size_t below = add(-1, graph.unit(u), 0);
    program.rows[below + n + u] = 1;
    const std::size_t above = add(line.slope, graph.unit(u), -line.constant);
    program.rows[above + n + u] = -1;
  }
  for (const Row& row : node.constraints()) add(1, row, 0);
  return program;
}

/// The free unit whose lines cost most: how far relu(z_u) is from z_u's at the solution, times the multipliers.
std::size_t branching_unit(const NodeGraph& node, const LinearProgram& program, const LinearSolution& solution) {
  const Graph& graph = node.graph();
  const std::size_t n = graph.inputs();
  std::size_t worst = 0;
  double most = -1;
  for (std::size_t u = 0; u < graph.units(); u++) {
    const Row& row = graph.unit(u);
    double z = row.constant;
    for (std::size_t j = 0; j < row.a.size(); j++) z += row.a[j] * solution.point[j < n ? j : j + row.first];
    const double gap = std::abs(solution.point[n + u] - std::max(z, 0.0));
    const double size =
        std::abs(program.cost[n + u]) * 1e-6 + solution.multipliers[2 * u] + solution.multipliers[2 * u + 1];
    const double score = gap * size + 1e-12 * graph.range(u).upper;
    if (score > most) {
      most = score;
      worst = u;
    }
  }
  return node.origin(worst);
}

class BranchAndBound {
 public:
  BranchAndBound(const Graph& graph, const Row& row, const Search& search)
      : graph_(graph), row_(row), search_(search) {}

  Minimum run() {
    Node root{std::vector<int>(graph_.units()), {}, bound_of(graph_, row_)};
    if (root.bound > search_.above) return {root.bound, best_, nodes_};
    best_ = attack(graph_, row_);
    for (std::size_t u = 0; u < graph_.units(); u++) root.ranges.push_back(graph_.range(u));
    if (done(root.bound))
      close(root.bound);
    else
      add(std::move(root));
    while (!open_.empty() && nodes_ < search_.nodes && !done(lower())) {
      Node node = open_.top();
      open_.pop();
      branch(node);
    }
    return {lower(), best_, nodes_};
  }

 private:
  static double bound_of(const Graph& graph, const Row& row) {
    return std::max(graph.lower_bound(row), graph.relaxed_bound(row));
  }

  double lower() const { return open_.empty() ? closed_ : std::min(closed_, open_.top().bound); }

  bool done(double lower) const {
    return lower > search_.above || best_.value < search_.below || best_.value - lower <= search_.tolerance;
  }

  /// Bounds a node; it stays open where there is something to branch on.
  void add(Node node) {
    nodes_++;
    const NodeGraph part(graph_, node);
    if (part.empty()) return;
    const Graph& graph = part.graph();
    const Row objective = part.transferred(row_);
    node.bound = std::max(node.bound, bound_of(graph, objective));
    if (node.bound > search_.above) return close(node.bound);
    const LinearProgram program = program_of(part, objective);
    const LinearSolution solution = solve(program, search_.above);
    const double error = kUp * (objective.error + 2 * graph.relative_error() * objective.terms);
    node.bound = std::max(node.bound, lagrangian(program, solution.multipliers, graph.relative_error()) - error);
    if (node.bound > search_.above) return close(node.bound);
    const auto begin = solution.point.begin();
    Point found = descend(graph_, row_, {begin, begin + static_cast<Index>(graph_.inputs())});
    if (found.value < best_.value) best_ = std::move(found);
    if (graph.units() == 0) return close(node.bound);
    node.branch = branching_unit(part, program, solution);
    open_.push(std::move(node));
  }

  void close(double bound) { closed_ = std::min(closed_, bound); }

  void branch(const Node& node) {
    for (int sign : {1, -1}) {
      Node child = node;
      child.signs[node.branch] = sign;
      Range& range = child.ranges[node.branch];
      (sign > 0 ? range.lower : range.upper) = 0;
      add(std::move(child));
    }
  }

  const Graph& graph_;
  const Row& row_;
  const Search& search_;
  Point best_;
  std::priority_queue<Node, std::vector<Node>, Worse> open_;
  double closed_ = kInfinity;
  Index nodes_ = 0;
};

}  // namespace

Minimum minimise(const Graph& graph, const Row& row, const Search& search) {
  return BranchAndBound(graph, row, search).run();
}

}  // namespace psilon::certificates
