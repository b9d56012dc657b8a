import { CholeskyDecomposition, Matrix } from 'ml-matrix'
import { PsilonError } from 'psilon'
import type { Rows } from '../data/data-sets.js'

/** Predicted values, or logits. */
export type Predictor = (x: Rows['x']) => Float64Array

const maxSteps = 100
const smallGradient = 1e-8

/** Least of |y - X w - b|^2 + penalty |w|^2: w of the centred columns from the normal equations. */
export function fitRidge({ x, y }: Rows, penalty: number): Predictor {
  const [rows, inputs] = x.shape
  const means = columnMeans(x)
  const centre = mean(y)
  const centred = matrixOf(x).subRowVector(means)
  const transposed = centred.transpose()
  const gram = transposed.mmul(centred).add(Matrix.eye(inputs, inputs, penalty))
  const moments = transposed.mmul(Matrix.columnVector(Array.from({ length: rows }, (_, i) => y[i] - centre)))
  const weights = solve(gram, moments).to1DArray()
  const intercept = centre - dot(weights, means)
  return (x) => linear(x, weights, intercept)
}

/**
 * Least of sum log(1 + exp(f)) - y f + penalty |w|^2 / 2, f = X w + b, by Newton's method with halved steps; the
 * intercept is not penalised. scikit-learn's C is 1 / penalty.
 */
export function fitLogistic({ x, y }: Rows, penalty: number): Predictor {
  const [rows, inputs] = x.shape
  const design = withOnes(x)
  const transposed = design.transpose()
  const ridge = Array.from({ length: inputs + 1 }, (_, j) => (j < inputs ? penalty : 0))
  const rate = Math.log(mean(y) / (1 - mean(y)))
  let weights = [...new Array<number>(inputs).fill(0), rate]
  let logits = timesVector(design, weights)
  let value = objective(logits, y, weights, ridge)
  for (let step = 0; step < maxSteps; step++) {
    const chances = logits.map((f) => 1 / (1 + Math.exp(-f)))
    const residuals = chances.map((p, i) => p - y[i])
    const gradient = timesVector(transposed, residuals).map((g, j) => g + ridge[j] * weights[j])
    if (Math.max(...gradient.map(Math.abs)) < smallGradient * rows) break
    const weighted = design.clone().mulColumnVector(chances.map((p) => Math.sqrt(p * (1 - p))))
    const hessian = weighted.transpose().mmul(weighted).add(Matrix.diag(ridge))
    const direction = solve(hessian, Matrix.columnVector(gradient)).to1DArray()
    const next = lineSearch(direction)
    if (next === undefined) break
    ;({ weights, logits, value } = next)
  }
  const [slopes, intercept] = [weights.slice(0, inputs), weights[inputs]]
  return (x) => linear(x, slopes, intercept)

  function lineSearch(direction: number[]) {
    for (let size = 1; size > 1e-10; size /= 2) {
      const tried = weights.map((w, j) => w - size * direction[j])
      const logits = timesVector(design, tried)
      const reached = objective(logits, y, tried, ridge)
      if (reached < value) return { weights: tried, logits, value: reached }
    }
    return undefined
  }
}

function objective(logits: number[], y: Float64Array, weights: number[], ridge: number[]): number {
  const loss = logits.reduce((sum, f, i) => {
    return sum + Math.max(f, 0) - f * y[i] + Math.log1p(Math.exp(-Math.abs(f)))
  }, 0)
  return weights.reduce((sum, w, j) => sum + (ridge[j] * w * w) / 2, loss)
}

/** A positive definite system; where rounding left it semidefinite, a little is added to its diagonal. */
function solve(matrix: Matrix, right: Matrix): Matrix {
  const size = matrix.rows
  const scale = matrix.trace() / size
  for (let added = 0; added < 1e-3; added = Math.max(1e-14, 10 * added)) {
    const cholesky = new CholeskyDecomposition(matrix.clone().add(Matrix.eye(size, size, added * scale)))
    if (cholesky.isPositiveDefinite()) return cholesky.solve(right)
  }
  throw new PsilonError('ERR_NON_FINITE', '[reproduce] the linear model has no finite solution for these columns')
}

function matrixOf({ data, shape: [rows, inputs] }: Rows['x']): Matrix {
  return Matrix.from1DArray(rows, inputs, data as unknown as number[])
}

function withOnes(x: Rows['x']): Matrix {
  const [rows, inputs] = x.shape
  return matrixOf(x).addColumn(inputs, new Array<number>(rows).fill(1))
}

const timesVector = (matrix: Matrix, vector: number[]): number[] => matrix.mmul(Matrix.columnVector(vector)).to1DArray()

function linear({ data, shape: [rows, inputs] }: Rows['x'], weights: number[], intercept: number): Float64Array {
  return Float64Array.from({ length: rows }, (_, i) => {
    return intercept + dot(weights, data.subarray(i * inputs, (i + 1) * inputs))
  })
}

function columnMeans({ data, shape: [rows, inputs] }: Rows['x']): number[] {
  const sums = new Array<number>(inputs).fill(0)
  for (let k = 0; k < data.length; k++) sums[k % inputs] += data[k]
  return sums.map((sum) => sum / rows)
}

const mean = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0) / values.length

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0
  for (let j = 0; j < a.length; j++) sum += a[j] * b[j]
  return sum
}
