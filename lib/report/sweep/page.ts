import { count, duration, figure, listed } from '../../print.js'
import { settingText } from '../../sweep/space.js'
import { type SweepSummary, sorted } from '../../sweep/summary.js'
import { version } from '../../version.js'
import type { Layout } from '../layout.js'
import type { KeyFigure } from '../page.js'
import { sweepCharts } from './charts.js'
import { scoreOf, settingsTable, weightsText } from './table.js'

/** Settings on the page; the CSV has all. */
const maxShown = 200

/** @param file name of the table's file, if it has one. */
export function sweepPage(summary: SweepSummary, file: string | null): Layout {
  const { target, task, settings, best } = summary
  const shown = sorted(summary).slice(0, maxShown)
  const more = settings.length - shown.length
  const left = more === 0 ? '' : ` ${count(more, 'more setting')} with lesser scores are in the CSV.`
  const charts =
    best === null
      ? []
      : [
          {
            title: 'Score, path norm, size and time',
            text: 'Each point is a setting, the mean of its trials. Settings with a failed trial are left out.',
            charts: sweepCharts(summary),
          },
        ]
  return {
    title: `Sweep of ${target}`,
    subtitle: `${task === 'regression' ? 'Regression' : 'Classification'}${file === null ? '' : ` on ${file}`}: ${sizesText(summary)}`,
    keys: keyFigures(summary),
    notes: notesOf(summary),
    sections: [
      ...charts,
      {
        title: 'Settings',
        text: `The best score first. On the front: no other setting is at least as good in score, path norm, weights and time.${left}`,
        rows: settingsTable(summary, shown),
      },
    ],
    facts: factsOf(summary, file),
  }
}

/** `12 settings, 5 folds, 2 seeds: 120 trials` */
export function sizesText({ settings, folds, seeds, planned }: SweepSummary): string {
  const parts = folds === 1 ? 'one division of the rows' : count(folds, 'fold')
  return `${count(settings.length, 'setting')}, ${parts}, ${count(seeds.length, 'seed')}: ${count(planned, 'trial')}`
}

function keyFigures(summary: SweepSummary): KeyFigure[] {
  const { settings, best } = summary
  if (best === null) return []
  const { title, text } = scoreOf(summary)
  const { setting, score, standardError, pathNorm, weights, seconds } = settings[best]
  const error = standardError === null ? '' : `, standard error ${figure(standardError)}`
  return [
    { name: title, value: text(score as number), note: `best setting: ${settingText(setting)}${error}` },
    {
      name: 'path norm',
      value: figure(pathNorm as number),
      note: `of that setting${range(summary, 'pathNorm', figure)}`,
    },
    {
      name: 'weights',
      value: weightsText(weights as number),
      note: `that are not zero${range(summary, 'weights', weightsText)}`,
    },
    { name: 'time', value: duration(seconds as number), note: `of a trial${range(summary, 'seconds', duration)}` },
  ]
}

/** `; 1.2 to 7.9 on the front` */
function range({ settings }: SweepSummary, name: 'pathNorm' | 'weights' | 'seconds', text: (value: number) => string) {
  const values = settings.filter(({ front }) => front).map((each) => each[name] as number)
  return values.length < 2 ? '' : `; ${text(Math.min(...values))} to ${text(Math.max(...values))} on the front`
}

/** What readers should know first: failures, and a sweep that has not ended. */
function notesOf({ trials, planned, settings }: SweepSummary): string[] {
  const failed = trials.filter(({ error }) => error !== null)
  const open = planned - trials.length
  const reasons = [...new Set(failed.map(({ error }) => error?.message as string))]
  const where = [...new Set(failed.map(({ setting }) => settingText(settings[setting].setting)))]
  return [
    ...(open === 0 ? [] : [`${open.toLocaleString('en-US')} of ${count(planned, 'trial')} have not run yet.`]),
    ...(failed.length === 0
      ? []
      : [`${count(failed.length, 'trial')} failed, with ${listed(where, 3)}: ${listed(reasons, 2)}`]),
  ]
}

function factsOf(summary: SweepSummary, file: string | null): [string, string][] {
  const { target, task, metric, folds, seeds, table, trials } = summary
  const devices = [...new Set(trials.flatMap(({ measured }) => measured?.device ?? []))]
  return [
    ['table', `${file === null ? '' : `${file}, `}${count(table.rows, 'row')}, SHA-256 ${table.sha256.slice(0, 16)}`],
    ['target', `${target}, ${task}`],
    ['score', `${scoreOf(summary).title} (${metric}) on the rows held out`],
    ['rows', folds === 1 ? 'a share judges' : `each of ${folds} folds judges what was trained on the others`],
    ['seeds', listed(seeds.map(String))],
    ['trials', sizesText(summary)],
    ['device', listed(devices)],
    ['psilon', version],
  ]
}
