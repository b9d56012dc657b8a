import { mean } from 'd3-array'
import { ranksOf } from '#psilon/experiments/ranks.js'

const models = ['ensemble', 'forest', 'boosting']

/** The models of a table, and the ranks of their test scores; null without forest and boosting. */
export function ranked(table) {
  if (table.forest === null) return { ...table, ranks: null }
  const ranks = ranksOf(models.map((model) => table[model]?.test ?? null))
  return { ...table, ranks: Object.fromEntries(models.map((model, k) => [model, ranks[k]])) }
}

/** Means over the tables; null without forest and boosting. */
export function averageRanks(tables) {
  if (tables.some(({ ranks }) => ranks === null)) return null
  return Object.fromEntries(models.map((model) => [model, mean(tables, ({ ranks }) => ranks[model])]))
}
