import { deviation, group, mean, median, min } from 'd3-array'
import { ranksOf } from '../studies/ranks.js'
import type { Fit } from './kept.js'
import type { Split } from './splits.js'

export interface Spread {
  mean: number
  /** Sample standard deviation; null of one value. */
  spread: number | null
}

/** How a model stands beside the others; everything is averaged over the splits of a table before it is over tables. */
export interface Standing {
  model: string
  rank: number
  /** Score divided by the best one on that table and split. */
  relative: Spread & { median: number }
}

export interface Comparison {
  splits: readonly Split[]
  tables: number
  /** Splits of tables on which every model has a score; others do not count. */
  complete: number
  standings: Standing[]
}

interface Place {
  table: string
  rank: number
  relative: number
}

/** The models beside each other on all splits, on those that are drawn, and on each. */
export function comparisons(fits: readonly Fit[], models: readonly string[], splits: readonly Split[]): Comparison[] {
  const drawn = splits.filter((split) => split !== 'file')
  const groups = [splits, drawn, ...splits.map((split) => [split])]
  const different = new Map(groups.map((each) => [each.join(), each]))
  return [...different.values()].flatMap((each) => compare(fits, models, each) ?? [])
}

export const spreadOf = (values: readonly number[]): Spread => ({
  mean: mean(values) as number,
  spread: deviation(values) ?? null,
})

/** The models beside each other on these splits; null where nothing is complete. */
export function compare(fits: readonly Fit[], models: readonly string[], splits: readonly Split[]): Comparison | null {
  const wanted = fits.filter(({ split }) => splits.includes(split))
  const rows = [...group(wanted, ({ table, split }) => `${split} ${table}`).values()]
  const complete = rows.filter(({ length }) => length === models.length)
  if (complete.length === 0) return null
  const tables = new Set(complete.map(([{ table }]) => table)).size
  const standings = models.map((model) => standingOf(model, placesOf(complete, model)))
  return { splits, tables, complete: complete.length, standings }
}

/** @param rows the fits of a table and a split. */
function placesOf(rows: readonly (readonly Fit[])[], model: string): Place[] {
  return rows.map((row) => {
    const scores = row.map(({ score }) => score)
    const own = row.findIndex((fit) => fit.model === model)
    const relative = scores[own] / (min(scores) as number)
    return { table: row[own].table, rank: ranksOf(scores)[own], relative }
  })
}

function standingOf(model: string, places: readonly Place[]): Standing {
  const byTable = [...group(places, ({ table }) => table).values()].map((own) => ({
    rank: mean(own, ({ rank }) => rank) as number,
    relative: mean(own, ({ relative }) => relative) as number,
  }))
  const relatives = byTable.map(({ relative }) => relative)
  return {
    ...{ model, rank: mean(byTable, ({ rank }) => rank) as number },
    relative: { ...spreadOf(relatives), median: median(relatives) as number },
  }
}
