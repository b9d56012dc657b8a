import { duration, figure } from '../../print.js'
import { valueText } from '../../sweep/space.js'
import type { SettingSummary, SweepSummary } from '../../sweep/summary.js'
import { metrics } from '../scores.js'

/** The score by which a sweep compares, as readers see it. */
export const scoreOf = ({ metric, target }: Pick<SweepSummary, 'metric' | 'target'>) => {
  const { title, text } = metrics.find(({ name }) => name === metric) as (typeof metrics)[number]
  return { title: title(target), text }
}

/** The paths of all swept options. */
export const sweptPaths = ({ settings }: Pick<SweepSummary, 'settings'>): string[] => [
  ...new Set(settings.flatMap(({ setting }) => Object.keys(setting))),
]

type Column = [title: string, text: (each: SettingSummary) => string]

/** Rows of texts: settings with their figures, the head first. A column that would be empty is left out. */
export function settingsTable(summary: SweepSummary, shown: readonly SettingSummary[]): string[][] {
  const { title, text } = scoreOf(summary)
  const given = (value: number | null, text: (value: number) => string) => (value === null ? '' : text(value))
  const best = summary.best === null ? null : summary.settings[summary.best]
  const columns: Column[] = [
    ...sweptPaths(summary).map((path): Column => [path, ({ setting }) => settingValue(setting[path])]),
    [title, ({ score }) => given(score, text)],
    ['standard error', ({ standardError }) => given(standardError, figure)],
    ['path norm', ({ pathNorm }) => given(pathNorm, figure)],
    ['weights', ({ weights }) => given(weights, weightsText)],
    ['time', ({ seconds }) => given(seconds, duration)],
    ['failed', ({ failures, trials }) => (failures === 0 ? '' : `${failures} of ${trials}`)],
    ['', (each) => (each === best ? 'best' : each.front ? 'front' : '')],
  ]
  const used = columns.filter(([, text]) => shown.some((each) => text(each) !== ''))
  return [used.map(([title]) => title), ...shown.map((each) => used.map(([, text]) => text(each)))]
}

export const settingValue = (value: unknown): string => (value === undefined ? '' : valueText(value))

export const weightsText = (weights: number): string => Math.round(weights).toLocaleString('en-US')
