import { Matrix, solve } from 'ml-matrix'

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
  const penalty = Matrix.eye(x.columns, x.columns, ridge)
  penalty.set(0, 0, 0)
  const weights = Matrix.zeros(x.columns, 1)
  for (let step = 0; step < 50; step++) {
    const p = x.mmul(weights).to1DArray().map(sigmoid)
    const curvature = p.map((value) => value * (1 - value))
    const hessian = x.transpose().mmul(x.clone().mulColumnVector(curvature)).add(penalty)
    const residual = Matrix.columnVector(y.map((value, i) => value - p[i]))
    const change = solve(hessian, x.transpose().mmul(residual).sub(penalty.mmul(weights)))
    weights.add(change)
    if (Matrix.abs(change).max() < 1e-8) return (others) => withIntercept(others).mmul(weights).to1DArray()
  }
  throw new Error('[logisticRegression] no convergence in 50 steps')
}

/**
 * Standardises columns by the mean and deviation of the rows it learns from.
 *
 * @param {number[][]} rows
 * @returns {(rows: number[][]) => number[][]}
 */
export function standardizer(rows) {
  const x = new Matrix(rows)
  const means = x.mean('column')
  const deviations = x.standardDeviation('column', { unbiased: false })
  return (others) => others.map((row) => row.map((value, j) => (value - means[j]) / deviations[j]))
}

/** @param {number[][]} rows */
const withIntercept = (rows) => new Matrix(rows.map((row) => [1, ...row]))

/** @param {number} z */
const sigmoid = (z) => 1 / (1 + Math.exp(-z))
