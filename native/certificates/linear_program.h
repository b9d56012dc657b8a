#pragma once

#include <vector>

#include "support/view.h"

namespace psilon::certificates {

/// min <cost, y> + constant over lower <= y <= upper with <row_r, y> >= least_r for every row.
struct LinearProgram {
  std::vector<double> cost, lower, upper;
  double constant = 0;
  std::vector<double> rows;  // [least.size(), cost.size()]
  std::vector<double> least;
};

/// `multipliers` are those of the rows, not negative, whose Lagrangian bounds the minimum; `point` is y where the
/// simplex method ended, which is the minimum if it was `solved`.
struct LinearSolution {
  std::vector<double> multipliers, point;
  bool solved;
};

/// By the dual simplex method with bounded variables, until the bound is above `enough`.
LinearSolution solve(const LinearProgram& program, double enough);

/// A lower bound of the minimum from any multipliers that are not negative, less what rounding may have added to it;
/// `relative` bounds the relative error of sums.
double lagrangian(const LinearProgram& program, const std::vector<double>& multipliers, double relative);

}  // namespace psilon::certificates
