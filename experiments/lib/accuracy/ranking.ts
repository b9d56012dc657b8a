import { mean } from 'd3-array'
import { ranksOf } from '../studies/ranks.js'

const models = ['ensemble', 'forest', 'boosting'] as const

export type Ranks = Record<(typeof models)[number], number>

type Scored = Record<(typeof models)[number], { test: number } | null>

/** Ranks of the test scores on a table; null without forest and boosting. */
export function ranksOn(table: Scored): Ranks | null {
  if (table.forest === null) return null
  const ranks = ranksOf(models.map((model) => table[model]?.test ?? null))
  return Object.fromEntries(models.map((model, k) => [model, ranks[k]])) as Ranks
}

/** Means over the tables; null without forest and boosting. */
export function averageRanks(tables: readonly { ranks: Ranks | null }[]): Ranks | null {
  if (tables.some(({ ranks }) => ranks === null)) return null
  return Object.fromEntries(models.map((model) => [model, mean(tables, ({ ranks }) => ranks?.[model])])) as Ranks
}
