/** A smooth convex function: its value at x, and its gradient, which is written to `gradient`. */
export type Smooth = (x: Float64Array, gradient: Float64Array) => number

/** Steps whose changes are remembered. */
const memory = 10
const maxSteps = 300
/** Share of the fall that the slope promises, which a step must give (Armijo's rule). */
const leastFall = 1e-4

/**
 * Minimises by L-BFGS (Nocedal and Wright, Numerical Optimization, algorithm 7.5), from zero, with steps that are halved until
 * they fall far enough. Ends once no entry of the gradient exceeds the tolerance, or rounding allows no further fall.
 */
export function minimise(value: Smooth, length: number, tolerance: number): Float64Array {
  let x = new Float64Array(length)
  let gradient = new Float64Array(length)
  let now = value(x, gradient)
  const changes: Change[] = []
  for (let step = 0; step < maxSteps && largest(gradient) > tolerance; step++) {
    const direction = descent(gradient, changes)
    const slope = dot(direction, gradient)
    const next = new Float64Array(length)
    const nextGradient = new Float64Array(length)
    let factor = step === 0 ? 1 / Math.sqrt(-slope) : 1
    let then = Infinity
    for (; factor > 1e-12; factor /= 2) {
      for (let k = 0; k < length; k++) next[k] = x[k] + factor * direction[k]
      then = value(next, nextGradient)
      if (then <= now + leastFall * factor * slope) break
    }
    if (!(then < now)) break
    const change = { s: next.map((each, k) => each - x[k]), y: nextGradient.map((each, k) => each - gradient[k]) }
    const curvature = dot(change.s, change.y)
    if (curvature > 0) changes.push({ ...change, curvature })
    if (changes.length > memory) changes.shift()
    x = next
    gradient = nextGradient
    now = then
  }
  return x
}

/** Changes s of x and y of the gradient in a step, and their product. */
interface Change {
  s: Float64Array
  y: Float64Array
  curvature: number
}

/** Minus the gradient, times the inverse Hessian that the changes suggest (algorithm 7.4). */
function descent(gradient: Float64Array, changes: readonly Change[]): Float64Array {
  const q = gradient.map((each) => -each)
  const factors = changes.map(() => 0)
  for (let i = changes.length - 1; i >= 0; i--) {
    const { s, y, curvature } = changes[i]
    factors[i] = dot(s, q) / curvature
    add(q, -factors[i], y)
  }
  const last = changes.at(-1)
  if (last !== undefined) {
    const scale = last.curvature / dot(last.y, last.y)
    for (let k = 0; k < q.length; k++) q[k] *= scale
  }
  changes.forEach(({ s, y, curvature }, i) => {
    add(q, factors[i] - dot(y, q) / curvature, s)
  })
  return q
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let k = 0; k < a.length; k++) sum += a[k] * b[k]
  return sum
}

function add(to: Float64Array, factor: number, from: Float64Array): void {
  for (let k = 0; k < to.length; k++) to[k] += factor * from[k]
}

const largest = (values: Float64Array): number => values.reduce((most, each) => Math.max(most, Math.abs(each)), 0)
