#pragma once

#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

#include "certificates/arena.h"
#include "certificates/rounding.h"
#include "support/view.h"

namespace psilon::certificates {

/// Between which two numbers something lies.
struct Range {
  double lower = -kInfinity, upper = kInfinity;

  double size() const { return std::max(std::abs(lower), std::abs(upper)); }
  bool undecided() const { return lower < 0 && upper > 0; }
  bool empty() const { return lower > upper; }
};

/// slope z + constant, which relu(z) does not exceed for z within an undecided range.
struct UpperLine {
  double slope, constant;

  explicit UpperLine(const Range& z);
};

/// Inputs, each between two numbers.
struct Box {
  std::vector<double> lower, upper;

  std::size_t size() const { return lower.size(); }
};

/// An affine function of the inputs and of relu(z_u) of the undecided units from `first` on:
/// <a, (x, relu(z))> + constant + e, |e| <= error. In a box the absolute terms sum to `terms` at most. Copies share
/// `a`, which is the graph's.
struct Row {
  std::span<double> a;
  std::size_t first = 0;
  double constant = 0, error = 0, terms = 0;
};

/// How the ranges of units are found: from those before them, or by linear relaxation too.
enum class Ranges { Forward, Backward };

/// What is asked of a graph.
enum class Purpose { Values, Slopes };

/// A network on a box in the form z_u = C x + L relu(z) + d for the units whose sign the box leaves open. All other
/// units are gone: an active one is its affine function, an inactive one is 0.
class Graph {
 public:
  /// `relative` bounds the relative error of every sum that is computed, in terms of its absolute terms.
  Graph(const Box& box, Ranges ranges, double relative, Purpose purpose = Purpose::Values);

  /// Units that do not depend on each other, and whose rows have one length and begin with the same unit.
  struct Group {
    std::size_t begin, end, first, length;
  };

  std::size_t inputs() const { return lower_.size(); }
  std::size_t units() const { return units_.size(); }
  const std::vector<Group>& groups() const { return groups_; }
  const Row& unit(std::size_t u) const { return units_[u].row; }
  const Range& range(std::size_t u) const { return units_[u].range; }
  const std::vector<double>& lower() const { return lower_; }
  const std::vector<double>& upper() const { return upper_; }
  double relative_error() const { return relative_; }

  /// A row of zeros that may depend on units from `first` on.
  Row zero(std::size_t first = 0) const;
  std::vector<Row> zeros(std::size_t count, std::size_t first = 0) const;
  /// -row, less its error.
  Row negative(const Row& row) const;
  /// to += factor row, and its errors.
  void add(double factor, const Row& row, Row& to) const;
  /// to_i += sum_k factors_ik rows_k for rows of one length that begin with the same unit; factors are [to, rows].
  void add(const std::vector<double>& factors, const std::vector<const Row*>& rows, std::vector<Row>& to) const;
  /// to += factor relu(z_u)
  void add_unit(double factor, std::size_t u, Row& to) const { add_units({factor}, u, to); }
  /// to += sum_k factors_k relu(z_(u + k))
  void add_units(const std::vector<double>& factors, std::size_t u, Row& to) const;
  void add_constant(double value, Row& to) const;
  /// Has to be called for a row that is complete.
  void measure(Row& row) const;

  /// How a row depends on the inputs x: it is value + <slope +- radius, x - center> +- deviation. For slopes, value is
  /// that at the center, and the deviation that of a prediction.
  struct Jacobian {
    double value, deviation;
    std::span<double> slope, radius;
  };
  /// Bounds of a row over the box, and what was computed for them where they leave its sign open.
  struct Bounds {
    Range range;
    Jacobian jacobian;
  };

  /// Of rows that may depend on the same units.
  std::vector<Bounds> bounds(const std::vector<Row>& rows) const;
  /// The least value of a row is no less, as ranges are found.
  double lower_bound(const Row& row) const;
  /// By linear relaxation, with lower lines that are turned a few times to raise the bound.
  double relaxed_bound(const Row& row) const;
  /// Between which numbers the slopes of a row are, one for each input.
  std::vector<Range> slopes(const Row& row) const;
  /// The corner of the box where the linear relaxation of the row is least.
  std::vector<double> corner(const Row& row) const;

  /// A unit with this z, of which `jacobian` is known, is undecided, within this range; returns its number.
  std::size_t open(const Row& row, Range range, Jacobian jacobian);

  /// Value of a row at a point, and its gradient.
  double value(const Row& row, const std::vector<double>& x) const;
  std::vector<double> gradient(const Row& row, const std::vector<double>& x) const;

 private:
  struct Unit {
    Row row;
    Range range;
    std::span<double> slope, radius;  // of relu(z_u), as in Jacobian
  };
  /// Numbers of each unit, side by side.
  struct Numbers {
    std::vector<double> top;                            // what relu(z_u) does not exceed
    std::vector<double> constant, error, terms;         // of its row
    std::vector<double> upper, upper_constant, lower;   // relu(z_u) is between lower z_u and upper z_u + upper_constant
    std::vector<double> value, deviation, slope_reach;  // of relu(z_u), as in Jacobian; sum_j half_j radius_j
  };
  using Rows = std::vector<const Row*>;
  /// Bounds of rows by linear relaxation, and the coefficients that each relu(z_u) and each input had on the way back.
  struct Relaxed {
    std::vector<double> bounds;
    std::vector<std::span<double>> coefficients;
  };

  Range interval_bounds(const Row& row) const;
  /// Coefficients of the units, [rows, units].
  std::vector<double> unit_factors(const Rows& rows) const;
  /// Without radii.
  std::vector<Jacobian> jacobians(const Rows& rows) const;
  void add_radii(const Rows& rows, const std::vector<Jacobian*>& to) const;
  Range slope_bounds(const Row& row, const Jacobian& jacobian) const;
  /// Of sign * row, with these slopes of lower lines.
  Relaxed relaxed(const Rows& rows, double sign, const std::vector<double>& lower_slopes) const;
  /// Goes backward through a group, from coefficients of relu(z_u) to those of what z_u is made of.
  void substitute(const Group& group, std::size_t first, const std::vector<double>& lower_slopes,
                  std::vector<Row>& rows) const;
  /// By how much to turn each lower line.
  std::vector<double> ascent_of(const Row& row, std::span<const double> coefficients,
                                const std::vector<double>& lower_slopes) const;
  void narrow(const Rows& rows, const std::vector<Bounds*>& bounds) const;
  /// As `add`, of coefficients alone; `to` may begin with an earlier unit than the rows.
  void add_coefficients(const std::vector<double>& factors, const Rows& rows, std::vector<Row>& to) const;
  std::vector<double> activations(const std::vector<double>& x) const;
  /// A row at inputs and relu(z) of all units.
  double sum_at(const Row& row, const std::vector<double>& z) const;

  /// Makes that of relu(z_u) of that of z_u; returns sum_j half_j radius_j.
  double bend(const Row& row, const UpperLine& line, Jacobian& of) const;
  /// The radius of a slope with its rounding; a is the coefficient of its input.
  double widened(double a, double slope, double radius) const;

  Ranges ranges_;
  Purpose purpose_;
  double relative_, up_;
  std::vector<double> lower_, upper_, center_, half_, size_;
  std::vector<Unit> units_;
  std::vector<Group> groups_;
  Numbers numbers_;
  mutable Arena memory_;
};

}  // namespace psilon::certificates
