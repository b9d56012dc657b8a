import { figure, markdownTable } from '../text.js'

/** The largest shares of bounds that attacks reached, over the dtypes. */
export interface Shares {
  influence: number
  network: number
  /** NaN where there are no classes. */
  certificates: number
}

export type Attack = keyof Shares

/** Of a table, by encoding. */
export interface Attacked {
  table: string
  encodings: Record<string, Shares>
}

const titles: Record<Attack, string> = {
  influence: 'Change of a prediction by one column, as a share of `influence()`',
  network: 'Change of outputs by all inputs, as a share of `lipschitz()` or `pathNorm()`, the greater',
  certificates: 'Radius of `certify`, as a share of the least distance at which the class changed',
}

export const attacks = Object.keys(titles) as readonly Attack[]

/** A table in Markdown for each attack. */
export function page(results: readonly Attacked[], encodings: readonly string[]): string {
  const cell = (share: number) => (Number.isNaN(share) ? '-' : figure(share))
  return attacks
    .flatMap((attack) => {
      const rows = results
        .map(({ table, encodings: found }) => [table, ...encodings.map((name) => cell(found[name][attack]))])
        .filter(([, ...cells]) => cells.some((text) => text !== '-'))
      return rows.length === 0 ? [] : [`${titles[attack]}:`, '', ...markdownTable(['table', ...encodings], rows), '']
    })
    .join('\n')
}

/** What exceeds its bound, in words. */
export const broken = (results: readonly Attacked[]): string[] =>
  results.flatMap(({ table, encodings }) =>
    Object.entries(encodings).flatMap(([encoding, shares]) =>
      attacks
        .filter((attack) => shares[attack] > 1)
        .map((attack) => `${table}, ${encoding}: ${attack} is ${figure(shares[attack])} of its bound`),
    ),
  )
