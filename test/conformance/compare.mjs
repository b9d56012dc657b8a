/** Errors in units of the scale that a golden file's tolerances are meant in; see ../fixtures/README.md. */

export function numberError(actual, expected) {
  return Math.abs(actual - expected) / Math.max(Math.abs(expected), 0.1)
}

/** The largest error of a tensor. null in `expected` stands for infinity; exact zeros must be zeros where `zeros` is set. */
export function tensorError(actual, expected, { floor = 0, zeros = false } = {}) {
  const values = expected.data
  if (expected.shape.reduce((size, n) => size * n, 1) !== values.length)
    throw new Error('a shape is not that of its data')
  if (actual === undefined || actual.length !== values.length) return Number.POSITIVE_INFINITY
  const finite = values.filter((value) => value !== null)
  const scale = finite.reduce((largest, value) => Math.max(largest, Math.abs(value)), Math.max(floor, 1e-300))
  let worst = 0
  for (let i = 0; i < values.length; i++) {
    const same = values[i] === null ? actual[i] === Number.POSITIVE_INFINITY : undefined
    const wrongZero = zeros && (values[i] === 0) !== (actual[i] === 0)
    const error = same === undefined ? Math.abs(actual[i] - values[i]) / scale : same ? 0 : Number.POSITIVE_INFINITY
    worst = Number.isNaN(error) || wrongZero ? Number.POSITIVE_INFINITY : Math.max(worst, error)
  }
  return worst
}

/**
 * The largest error of a group of tensors by name; `floored` where a tensor may hold only rounding, such as a gradient
 * that is zero in exact arithmetic: then in units of at least a tenth of the largest entry of the group.
 */
export function groupError(actual, expected, options = {}) {
  const names = Object.keys(expected)
  if (actual === undefined || names.length === 0 || Object.keys(actual).length !== names.length)
    return Number.POSITIVE_INFINITY
  const largest = Math.max(0, ...names.flatMap((name) => expected[name].data.map(Math.abs)))
  const floor = options.floored ? largest / 10 : 0
  return Math.max(...names.map((name) => tensorError(actual[name]?.data, expected[name], { ...options, floor })))
}
