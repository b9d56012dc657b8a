#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

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
/// <a, (x, relu(z))> + constant + e, |e| <= error. In a box the absolute terms sum to `terms` at most.
struct Row {
  std::vector<double> a;
  std::size_t first = 0;
  double constant = 0, error = 0, terms = 0;
};

/// How bounds of a row are found, each never worse than the one before.
enum class Method { Local, Linear };

/// A network on a box in the form z_u = C x + L relu(z) + d for the units whose sign the box leaves open. All other
/// units are gone: an active one is its affine function, an inactive one is 0.
class Graph {
 public:
  /// `relative` bounds the relative error of every sum that is computed, in terms of its absolute terms.
  Graph(const Box& box, Method method, double relative);

  std::size_t inputs() const { return lower_.size(); }
  std::size_t units() const { return units_.size(); }
  const Row& unit(std::size_t u) const { return units_[u].row; }
  const Range& range(std::size_t u) const { return units_[u].range; }
  const std::vector<double>& lower() const { return lower_; }
  const std::vector<double>& upper() const { return upper_; }
  double relative_error() const { return relative_; }

  /// The input x_j as a row, and a row of zeros that may depend on units from `first` on.
  Row input(std::size_t j) const;
  Row zero(std::size_t first = 0) const;
  /// to += factor row, and its errors.
  void add(double factor, const Row& row, Row& to) const;
  /// The same for many rows of equal lengths that begin with the same unit.
  void add(const std::vector<double>& factors, const std::vector<const Row*>& rows, Row& to) const;
  /// to += factor relu(z_u)
  void add_unit(double factor, std::size_t u, Row& to) const;
  void add_constant(double value, Row& to) const;
  /// Has to be called for a row that is complete.
  void measure(Row& row) const;

  /// How a row depends on the inputs: its value at the center of the box, how far a prediction may be from it there,
  /// and the center and the radius of an interval of its slopes.
  struct Jacobian {
    double value, deviation;
    std::vector<double> slope, radius;
  };
  /// Bounds of a row over the box, and what was computed for them where intervals of values leave its sign open.
  struct Bounds {
    Range range;
    Jacobian jacobian;
  };

  Bounds bounds(const Row& row) const;
  double lower_bound(const Row& row) const { return lower_bound(row, 1); }
  /// Between which numbers the slopes of a row are, one for each input.
  std::vector<Range> slopes(const Row& row) const;
  /// The corner of the box where the linear relaxation of the row is least.
  std::vector<double> corner(const Row& row) const;

  /// A unit with this z, of which `jacobian` is known, is undecided, within this range; returns its number.
  std::size_t open(Row row, Range range, Jacobian jacobian);

  /// Value of a row at a point, and its gradient.
  double value(const Row& row, const std::vector<double>& x) const;
  std::vector<double> gradient(const Row& row, const std::vector<double>& x) const;

 private:
  struct Unit {
    Row row;
    Range range;
    UpperLine upper_line;
    double lower_slope;  // of the line that relu(z_u) is above
    Jacobian relu;       // the value and deviation of z_u, and an interval of the slopes of relu(z_u) that holds 0
  };

  Range interval_bounds(const Row& row) const;
  Jacobian jacobian(const Row& row) const;
  std::vector<Range> slopes(const Row& row, const Jacobian& jacobian) const;
  Range slope_bounds(const Row& row, const Jacobian& jacobian) const;
  /// Of sign * row, by linear relaxation; `gradient` gets the coefficients of the inputs.
  double relaxed(const Row& row, double sign, std::vector<double>& gradient) const;
  double lower_bound(const Row& row, double sign) const;
  std::vector<double> activations(const std::vector<double>& x) const;
  /// A row at inputs and relu(z) of all units.
  double sum_at(const Row& row, const std::vector<double>& z) const;

  Method method_;
  double relative_, up_;
  std::vector<double> lower_, upper_, center_, half_, size_;
  std::vector<Unit> units_;
};

}  // namespace psilon::certificates
