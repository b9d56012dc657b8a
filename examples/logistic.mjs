import { mean } from 'd3-array'

/**
 * Logistic regression by Newton's method, which is iteratively reweighted least squares:
 *
 *     p = 1 / (1 + exp(-X w))
 *     w <- w + (X' S X + R)^-1 (X' (y - p) - R w),   S = diag(p (1 - p)),   R = ridge on all weights but the intercept
 *
 * @param {number[][]} rows inputs [rows, columns], standardised.
 * @param {number[]} y 0 or 1 for each row.
 * @param {number} ridge keeps the weights finite where the classes can be separated.
 * @returns {(rows: number[][]) => number[]} gives the logit of each row.
 */
export function logisticRegression(rows, y, ridge = 1e-3) {
  const x = withIntercept(rows)
  const columns = x[0].map((_, j) => j)
  const weights = columns.map(() => 0)
  for (let step = 0; step < 50; step++) {
    const p = x.map((row) => sigmoid(dot(row, weights)))
    const gradient = columns.map((j) => sum(x, (row, i) => row[j] * (y[i] - p[i])) - penalty(j) * weights[j])
    const hessian = columns.map((j) =>
      columns.map((k) => sum(x, (row, i) => p[i] * (1 - p[i]) * row[j] * row[k]) + (j === k ? penalty(j) : 0)),
    )
    const change = solve(hessian, gradient)
    for (const j of columns) weights[j] += change[j]
    if (Math.max(...change.map(Math.abs)) < 1e-8) {
      return (others) => withIntercept(others).map((row) => dot(row, weights))
    }
  }
  throw new Error('[logisticRegression] no convergence in 50 steps')

  /** @param {number} j */
  function penalty(j) {
    return j === 0 ? 0 : ridge
  }
}

/**
 * Solves A x = b for a symmetric positive definite A by Gaussian elimination, which needs no pivots then.
 *
 * @param {number[][]} matrix @param {number[]} right
 */
function solve(matrix, right) {
  const rows = matrix.map((row, i) => [...row, right[i]])
  for (const [k, pivot] of rows.entries()) {
    for (const row of rows.slice(k + 1)) {
      const factor = row[k] / pivot[k]
      for (let j = k; j < row.length; j++) row[j] -= factor * pivot[j]
    }
  }
  const solution = right.map(() => 0)
  for (let k = right.length - 1; k >= 0; k--) {
    solution[k] = (rows[k][right.length] - dot(rows[k].slice(0, -1), solution)) / rows[k][k]
  }
  return solution
}

/**
 * Standardises columns by the mean and deviation of the rows it learns from.
 *
 * @param {number[][]} rows
 * @returns {(rows: number[][]) => number[][]}
 */
export function standardizer(rows) {
  const columns = rows[0].map((_, j) => rows.map((row) => row[j]))
  const means = columns.map((column) => Number(mean(column)))
  const deviations = columns.map((column, j) => Math.sqrt(Number(mean(column, (value) => (value - means[j]) ** 2))))
  return (others) => others.map((row) => row.map((value, j) => (value - means[j]) / deviations[j]))
}

/** @param {number[][]} rows */
const withIntercept = (rows) => rows.map((row) => [1, ...row])

/** @param {number[]} a @param {number[]} b */
const dot = (a, b) => a.reduce((total, value, j) => total + value * b[j], 0)

/** @param {number[][]} rows @param {(row: number[], i: number) => number} of */
const sum = (rows, of) => rows.reduce((total, row, i) => total + of(row, i), 0)

/** @param {number} z */
const sigmoid = (z) => 1 / (1 + Math.exp(-z))
