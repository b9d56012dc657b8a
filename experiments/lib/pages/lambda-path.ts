import { ascending, group, mean } from 'd3-array'
import type { Model } from '../cells/cells.js'
import type { Fit } from '../cells/results.js'
import { figure } from '../text.js'
import { domainOf } from './domain.js'
import type { Line, LinePanel, PanelSection } from './panels.js'
import { modelNames } from './texts.js'

/** Scores of up to this multiple of the least one are drawn: those of useless networks would flatten the others. */
const maxMultiple = 1.5

/** The fits of one table, and of each model the lambdas that validation chose, by seed. */
export interface Searched {
  title: string
  /** Of the validation rows. */
  score: string
  fits: readonly Fit[]
  chosen: readonly { model: Model; lambdas: readonly number[] }[]
}

/** Validation scores against lambda, a picture for each table; none where no model has tried two lambdas. */
export function lambdaSection(all: readonly Searched[]): PanelSection[] {
  const panels = all.flatMap(lambdaPanel)
  if (panels.length === 0) return []
  const text =
    'The strength of the regularizer, chosen by the score on the validation rows: lower is better. A line for each ' +
    'model, over several seeds their mean; a diamond is what was chosen.'
  return [{ title: 'Lambda', text, panels }]
}

function lambdaPanel({ title, score, fits, chosen }: Searched): LinePanel[] {
  const lines = chosen.map(({ model, lambdas }) => lineOf(fits, model, lambdas))
  if (lines.every(({ points }) => points.length < 2)) return []
  const [least, largest] = domainOf(lines)
  const cut = least > 0 && largest > maxMultiple * least
  return [
    {
      kind: 'lines',
      title,
      text: cut ? `What is above ${maxMultiple} times the least score is cut off.` : '',
      x: { title: 'lambda', logarithmic: true },
      y: { title: `validation ${score}`, domain: [least, cut ? maxMultiple * least : largest] },
      lines,
      table: tableOf(lines),
    },
  ]
}

/** A lambda with which a seed diverged has no point. */
function lineOf(fits: readonly Fit[], model: Model, lambdas: readonly number[]): Line {
  const tried = fits.flatMap(({ model: own, setting, result }) => {
    if (own !== model || setting.kind !== 'network' || setting.prune !== null) return []
    return [{ lambda: setting.lambda, score: result.scores?.validation }]
  })
  const points = [...group(tried, ({ lambda }) => lambda)].flatMap(([lambda, own]) => {
    const scores = own.flatMap(({ score }) => score ?? [])
    return scores.length < own.length ? [] : [{ x: lambda, y: mean(scores) as number }]
  })
  points.sort((a, b) => ascending(a.x, b.x))
  return { name: modelNames[model], points, chosen: points.filter(({ x }) => lambdas.includes(x)) }
}

/** A row for each lambda. */
function tableOf(lines: readonly Line[]): string[][] {
  const lambdas = [...new Set(lines.flatMap(({ points }) => points.map(({ x }) => x)))].sort(ascending)
  const cell = ({ points, chosen = [] }: Line, lambda: number) => {
    const point = points.find(({ x }) => x === lambda)
    return point === undefined ? '' : `${figure(point.y)}${chosen.includes(point) ? ', chosen' : ''}`
  }
  const rows = lambdas.map((lambda) => [String(lambda), ...lines.map((line) => cell(line, lambda))])
  return [['lambda', ...lines.map(({ name }) => name)], ...rows]
}
