import { generator } from './core.js'

export type Row = Record<string, number | string | null>

/** Rows with columns that encodings treat differently, and a target that depends on all of them. */
export function someRows(rows: number, seed = 1): Row[] {
  const random = generator(seed)
  return Array.from({ length: rows }, (_, i) => {
    const [a, b, c, d] = [random(), random(), random(), random()] as const
    const row = {
      even: 10 * a,
      amount: Math.exp(3 + 3 * b),
      often: c < 0.6 ? 0 : 40 * (c - 0.6),
      count: Math.floor(3 * (d + 1)),
      gaps: i % 7 === 0 ? null : a * b,
      town: d > 0.3 ? 'Bonn' : 'Celle',
    }
    const y = Math.abs(row.even) + 2 * Math.log(row.amount) + (c < 0.6 ? 0 : 5) - row.count + 3 * a * b
    return { ...row, y }
  })
}
