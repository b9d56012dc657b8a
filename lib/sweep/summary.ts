import { ascending, deviation, group, least, mean } from 'd3-array'
import type { Task } from '../data/task.js'
import { type MetricName, metricNames, metricTraits } from '../estimators/metric.js'
import { introduced } from '../inspection.js'
import { aligned, count, duration, facts, figure, named } from '../print.js'
import type { Stopped } from '../words.js'
import { foldsOf } from './data.js'
import type { TrialOptions } from './options.js'
import type { Plan } from './plan.js'
import type { MeasuredTrial, TrialResult } from './run-trial.js'
import { type Setting, settingText } from './space.js'

/** What came of a setting: means over its trials that did not fail, null if there are none. */
export interface SettingSummary {
  /** Values of the swept options, by path. */
  setting: Setting
  /** Options of the estimator. */
  options: TrialOptions
  /** Finished trials, and how many of them failed. */
  trials: number
  failures: number
  /** Mean of the score by which settings are compared. */
  score: number | null
  /** Standard error of that mean, from the differences between folds and seeds; null for a single trial. */
  standardError: number | null
  scores: Partial<Record<MetricName, number>>
  pathNorm: number | null
  weights: number | null
  bytes: number | null
  seconds: number | null
  /** Whether no other setting is at least as good in score, path norm, weights and seconds, and better in one of them. */
  front: boolean
}

/** What a sweep found. */
export interface SweepSummary {
  task: Task
  target: string
  metric: MetricName
  /** Whether more of the score is better. */
  higherIsBetter: boolean
  folds: number
  seeds: readonly number[]
  /** The table: its number of rows, and the SHA-256 of what it holds. */
  table: { rows: number; sha256: string }
  /** Whether all trials are finished. */
  stopped: Exclude<Stopped, 'early-stopping'>
  /** In the order of the spec. */
  settings: SettingSummary[]
  /** Position of the setting with the best score among those whose trials are all finished and did not fail; null if there is none. */
  best: number | null
  /** Finished trials in the order in which they are listed. */
  trials: (TrialResult & { setting: number })[]
  /** How many trials there are, and how many of them were in the store. */
  planned: number
  known: number
  /** Files of the store that could not be used, and why. */
  notes: readonly string[]
}

type Figure = 'pathNorm' | 'weights' | 'bytes' | 'seconds'

/** @param results those that are finished, by key. @param known how many of them the store had. */
export function summaryOf(
  { data, metric, settings, seeds, trials }: Plan,
  results: ReadonlyMap<string, TrialResult>,
  { known, notes }: Pick<SweepSummary, 'known' | 'notes'>,
): SweepSummary {
  const finished = trials.flatMap(({ key }, t) => {
    const result = results.get(key)
    return result === undefined ? [] : [{ ...result, setting: t % settings.length }]
  })
  const bySetting = group(finished, ({ setting }) => setting)
  const all = settings.map((setting, k) => settingSummary(setting, trials[k].options, bySetting.get(k) ?? [], metric))
  const whole = all.filter(({ trials: own, failures }) => failures === 0 && own === trials.length / settings.length)
  const { higher } = metricTraits[metric]
  for (const each of whole) each.front = !whole.some((other) => isBetter(other, each, higher))
  const best = least(whole, ({ score }) => (higher ? -(score as number) : score))
  return shownSweep({
    ...{ task: data.task, target: data.target, metric, higherIsBetter: higher },
    ...{ folds: foldsOf(data.held), seeds, table: { rows: data.table.places.length, sha256: data.digest } },
    stopped: finished.length === trials.length ? 'completed' : 'cancelled',
    settings: all,
    best: best === undefined ? null : all.indexOf(best),
    trials: finished,
    planned: trials.length,
    ...{ known, notes },
  })
}

function settingSummary(
  setting: Setting,
  options: TrialOptions,
  trials: readonly TrialResult[],
  metric: MetricName,
): SettingSummary {
  const good = trials.flatMap(({ measured }) => (measured?.scores[metric] === undefined ? [] : [measured]))
  const over = (value: (measured: MeasuredTrial) => number | undefined) => mean(good, value) ?? null
  const figures = ['pathNorm', 'weights', 'bytes', 'seconds'].map((name) => [
    name,
    over((each) => each[name as Figure]),
  ])
  const scores = metricNames.map((name) => [name, over(({ scores }) => scores[name])] as const)
  const spread = deviation(good, ({ scores }) => scores[metric])
  return {
    ...{ setting, options, trials: trials.length, failures: trials.length - good.length },
    score: over(({ scores }) => scores[metric]),
    standardError: spread === undefined ? null : spread / Math.sqrt(good.length),
    scores: Object.fromEntries(scores.filter(([, value]) => value !== null)),
    ...(Object.fromEntries(figures) as Pick<SettingSummary, Figure>),
    front: false,
  }
}

/** The best score first; settings without one last. */
export function sorted({ settings, higherIsBetter }: SweepSummary): SettingSummary[] {
  const cost = ({ score }: SettingSummary) => (score === null ? Infinity : higherIsBetter ? -score : score)
  return settings.toSorted((a, b) => ascending(cost(a), cost(b)))
}

/** Whether `a` is at least as good as `b` in everything, and better in something. */
function isBetter(a: SettingSummary, b: SettingSummary, higher: boolean): boolean {
  const costs = ({ score, pathNorm, weights, seconds }: SettingSummary) =>
    [higher ? -(score as number) : score, pathNorm, weights, seconds] as number[]
  const [own, other] = [costs(a), costs(b)]
  return own.every((cost, k) => cost <= other[k]) && own.some((cost, k) => cost < other[k])
}

/** Settings that console.log shows. */
const shownSettings = 5

/** The same summary, which console.log shows in some lines: the best settings, and how much was tried. */
const shownSweep = (summary: SweepSummary): SweepSummary =>
  introduced('SweepSummary', summary, ({ target, task, metric, settings, folds, seeds, trials, planned, notes }) => {
    const failed = trials.filter(({ error }) => error !== null).length
    const best = sorted(summary).slice(0, shownSettings)
    const text = (value: number | null, say: (value: number) => string = figure) => (value === null ? '' : say(value))
    return [
      ...facts([
        ['target', `${named(target)}: ${task}`],
        [
          'settings',
          `${settings.length.toLocaleString('en-US')}; ${count(folds, 'fold')}, ${count(seeds.length, 'seed')}`,
        ],
        ['trials', `${trials.length} of ${planned} finished${failed === 0 ? '' : `, ${failed} failed`}`],
        ['store', notes.length === 0 ? '' : `${count(notes.length, 'file')} cannot be used`],
      ]),
      ...aligned([
        ['setting', metric, 'standardError', 'pathNorm', 'time'],
        ...best.map(({ setting, score, standardError, pathNorm, seconds }) => {
          return [settingText(setting), text(score), text(standardError), text(pathNorm), text(seconds, duration)]
        }),
      ]),
      ...(settings.length > best.length ? [`and ${count(settings.length - best.length, 'more setting')}`] : []),
    ]
  })
