import { type Quantiles, quantileShares } from '../../metrics/quantiles.js'
import { count, figure, named, percent } from '../../print.js'
import type { TableSection } from '../page.js'
import type { Scores } from '../scores.js'

/** Classes of which a page has a row. */
const maxClasses = 50

/** Precision, recall and F1 of each class, and their means; of the first part of the rows. */
export function classTables(parts: Record<string, Scores>): TableSection[] {
  const [entry] = Object.entries(parts)
  const rows = entry === undefined ? null : classTable(entry[1])
  if (entry === undefined || rows === null) return []
  const title = 'Classes'
  const text = `On the ${count(entry[1].rows, `${entry[0]} row`)}. Precision: the share of the rows predicted as the class that have it. Recall: the share of its rows that are predicted as it. F1: their harmonic mean. Macro: the mean over the classes; weighted: each by its rows.`
  return [{ title, text, rows }]
}

/** Rows of texts; null for numbers, and for a record without them. */
export function classTable({ classes, macro, weighted, rows }: Scores): string[][] | null {
  if (classes === undefined || macro === undefined || weighted === undefined) return null
  const shares = ({ precision, recall, f1 }: typeof macro) => [precision, recall, f1].map(percent)
  const n = (value: number) => value.toLocaleString('en-US')
  const shown = classes.slice(0, maxClasses)
  const more = classes.length - shown.length
  return [
    ['', 'rows', 'predicted', 'precision', 'recall', 'F1'],
    ...shown.map((each) => [named(String(each.label)), n(each.rows), n(each.predicted), ...shares(each)]),
    ...(more === 0 ? [] : [[`${more} more`, '', '', '', '', '']]),
    ['macro', n(rows), n(rows), ...shares(macro)],
    ['weighted', n(rows), n(rows), ...shares(weighted)],
  ]
}

/** More classes than this have no table of their confusion. */
const maxConfused = 20

/** Rows of texts: rows by actual class, in columns by predicted class; null for numbers, and for many classes. */
export function confusionTable({ classes, confusion }: Scores): string[][] | null {
  if (classes === undefined || confusion === undefined || classes.length > maxConfused) return null
  const names = classes.map(({ label }) => named(String(label)))
  const rows = confusion.map((row, k) => [names[k], ...row.map((rows) => rows.toLocaleString('en-US'))])
  return [['actual', ...names.map((name) => `as ${name}`)], ...rows]
}

const quantileNames: Partial<Record<keyof Quantiles, string>> = { min: 'least', median: 'median', max: 'greatest' }

/** Rows of texts: the quantiles of the residuals and of the absolute errors; null for classes. */
export function quantileTable({ residuals, absoluteErrors }: Scores): string[][] | null {
  if (residuals === undefined || absoluteErrors === undefined) return null
  const rows = Object.entries(quantileShares).map(([key, share]) => {
    const name = key as keyof Quantiles
    const title = quantileNames[name] ?? `${100 * share} % of the rows up to`
    return [title, figure(residuals[name]), figure(absoluteErrors[name])]
  })
  return [['', 'actual - predicted', 'absolute error'], ...rows]
}
