import { someRows } from '../support/tables.js'

/** Rows { a, b, y } with y = a - 2 b + a b. */
export function values(rows = 60) {
  const { data } = someRows(rows, 2)
  return Array.from({ length: rows }, (_, i) => {
    const [a = 0, b = 0] = data.subarray(2 * i, 2 * i + 2)
    return { a, b, y: a - 2 * b + a * b }
  })
}

/** Rows { a, b, kind }, two thirds of which are 'low'. */
export function classes(rows = 60) {
  return values(rows).map(({ a, b }) => ({ a, b, kind: a < 0.3 ? 'low' : 'high' }))
}

/** One small network, trained briefly. */
export const small = { preset: 'paper', hidden: 6, epochs: 20, batchSize: 20, learningRate: 0.02 } as const
