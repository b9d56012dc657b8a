import { encodingNames } from '#psilon/data/encodings/encodings.js'
import { normalizations } from '#psilon/words.js'

/** Tables and models of any kind, from a seed. */

export type Row = Record<string, number | string | null>

const texts = ['red', '07', "it's", 'a\\b', 'say "so"', '日本', '??/', '%d', 'TRUEish', 'a,b']

export interface Drawn {
  rows: Row[]
  /** Far from the rows, by at most `far` deviations. */
  others: Row[]
  numeric: string[]
  categorical: string[]
}

export const far = 30

export function drawTable(next: () => number): Drawn {
  const pick = (count: number) => Math.floor(((next() + 1) / 2) * count)
  const numeric = Array.from({ length: 1 + pick(4) }, (_, j) => `n${j} "${j}"`)
  const categorical = Array.from({ length: pick(3) }, (_, j) => `c${j}`)
  const shapes = numeric.map(() => ({
    unit: 10 ** (6 - pick(12)),
    offset: 1e3 * pick(3),
    gaps: next() > 0,
    steps: next() > 0.5,
  }))
  const levels = categorical.map(() => ({ from: pick(texts.length - 5), count: 2 + pick(3), gaps: next() > 0 }))
  const row = (spread: number): Row => {
    const numbers = shapes.map(({ unit, offset, gaps, steps }, j) => {
      const z = steps ? Math.round(3 * next()) : next() ** 3
      return [numeric[j], gaps && next() > 0.8 ? null : unit * (offset + spread * z)]
    })
    const words = levels.map(({ from, count, gaps }, j) => [
      categorical[j],
      gaps && next() > 0.8 ? null : (texts[from + pick(count)] as string),
    ])
    return Object.fromEntries([...numbers, ...words])
  }
  return {
    rows: Array.from({ length: 120 }, () => row(1)),
    others: Array.from({ length: 20 }, () => row(far)),
    numeric,
    categorical,
  }
}

export function drawOptions(seed: number, next: () => number) {
  const pick = <T>(values: readonly T[]) => values[Math.floor(((next() + 1) / 2) * values.length)] as T
  const normalization = pick(normalizations)
  return {
    ...({ preset: 'paper', epochs: 8, batchSize: 30, lambda: 1e-3, seed } as const),
    ...{ hidden: pick([1, 2, 5, 9]), depth: pick([1, 2, 3]), ensemble: pick([1, 1, 2]), normalization },
    ...{
      encoding: pick(encodingNames),
      kind: pick(['mlp', 'resnet'] as const),
      dtype: pick(['float32', 'float64'] as const),
    },
    ...(normalization === 'none' ? { regularizer: 'l2' as const } : {}),
  }
}
