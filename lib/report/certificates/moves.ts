import type { Tolerance, Within } from '../../estimators/certificates/within.js'
import type { PsilonClassifier } from '../../estimators/classifier.js'
import type { Influence } from '../../estimators/influence.js'
import { count, figure, named } from '../../print.js'
import type { FactsSection } from '../layout.js'

const maxColumns = 24

const own = 'in the unit of the column'

/** How far each column may move: at a radius of 1 by this much. */
export function movesSection(
  model: PsilonClassifier,
  within: Within | undefined,
  fixed: readonly string[],
): FactsSection {
  const columns = model.influence()
  const moving = within === undefined ? byDeviation(columns, fixed) : byTolerance(columns, within)
  const names = new Set(moving.map(([name]) => name))
  const stay = columns.filter(({ column }) => !names.has(named(column))).length
  const more = moving.length - maxColumns
  const other =
    stay === 0 ? '' : ` ${count(stay, 'other column')} ${stay === 1 ? 'stays as it is' : 'stay as they are'}.`
  return {
    title: within === undefined ? 'What may move' : 'The tolerances as stated',
    text: `${within === undefined ? deviationsText : tolerancesText}, all at once and in any direction.${other}`,
    facts: [...moving.slice(0, maxColumns), ...(more > 0 ? [[`${more} more`, 'each by its own'] as const] : [])],
  }
}

const noEffect = 'has no effect, because it has a single value in the training rows'

type Fact = readonly [name: string, text: string]

const tolerancesText = 'At a radius of 1, each of these columns may be off by this much'
const deviationsText =
  'At a radius of 1, each of these columns may be off by its standard deviation in the training rows, in its own unit'

function byDeviation(columns: readonly Influence[], fixed: readonly string[]): Fact[] {
  return columns.flatMap(({ column, deviation }): Fact[] => {
    if (deviation === undefined || fixed.includes(column)) return []
    return [[named(column), figure(deviation)]]
  })
}

function byTolerance(columns: readonly Influence[], within: Within): Fact[] {
  return Object.entries(within).flatMap(([name, tolerance]): Fact[] => {
    const column = columns.find((each) => each.column === name)
    return [[named(name), column === undefined ? noEffect : toleranceText(tolerance, column)]]
  })
}

function toleranceText(tolerance: Tolerance, { deviation = 0 }: Influence): string {
  if (typeof tolerance === 'number') return `${tolerance} ${own}`
  if (typeof tolerance !== 'string')
    return `may be ${tolerance.map((level) => named(String(level))).join(', ')} at any radius`
  const number = Number.parseFloat(tolerance)
  if (tolerance.trim().endsWith('%')) return `${number} % of the value in the row`
  return `${figure(number * deviation)} ${own}, ${number} of its standard deviation in the training rows`
}
