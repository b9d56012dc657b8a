import { refuse } from '../checks.js'
import { type Task, taskOf } from '../data/task.js'
import { option, Refusal, words } from '../errors/refusal.js'
import { type FitData, hasClasses, readFitData } from '../estimators/data.js'
import { estimatorOptions } from '../estimators/estimator-options.js'
import { type MetricName, metricsOf, metricTraits } from '../estimators/metric.js'
import { estimatorSettings } from '../estimators/settings.js'
import { taskEncoder } from '../estimators/task-encoder.js'
import { checkOptions, omit, pick } from '../options/option.js'
import { count } from '../print.js'
import { contentOf, digestOf } from '../tables/content.js'
import { readingOf } from '../tables/read-options.js'
import { columnOf, isTable, readTable, requireDateColumns, type Table } from '../tables/table.js'
import { canonical } from './canonical.js'
import { Divisions, foldsOf, type HeldOut, type SweepData } from './data.js'
import { Faults } from './faults.js'
import { type SweepSpec, sweepSpec, type TrialOptions } from './options.js'
import { modelFor } from './run-trial.js'
import { baseOf, optionsOf, readGrid, readRandom, type Setting, settingText } from './space.js'
import { type Trial, trialsOf } from './trial.js'

/** A sweep whose options and data have been checked. */
export interface Plan {
  data: SweepData
  /** Why it is this task. */
  reason: string
  metric: MetricName
  settings: readonly Setting[]
  seeds: readonly number[]
  trials: readonly Trial[]
}

/** A spec whose options have been checked, but for what depends on the table. */
interface Checked extends Pick<SweepSpec, 'data' | 'target' | 'task' | 'metric' | 'reading'> {
  base: TrialOptions
  held: HeldOut
  seeds: readonly number[]
  settings: readonly Setting[]
}

/** More are surely a mistake. */
const maxTrials = 100_000

/**
 * Checks everything, reads the table, and lists the trials.
 *
 * @param given the spec, each entry read once.
 * @throws Refusal ERR_OPTION with all that is wrong with the options, ERR_DATA with all that is wrong with the table.
 */
export async function planSweep(given: Record<string, unknown>): Promise<Plan> {
  const checked = checkSpec(given)
  const table = await readTable(checked.data, readingOf(checked.reading))
  requireDateColumns(table)
  const { target, held, seeds, settings } = checked
  const { task, reason } = taskFor(table, checked)
  const metric = metricFor(task, checked)
  const options = settings.map((setting) => ({ ...defaults, ...optionsOf(checked.base, setting) }))
  checkSettings(settings, options, task)
  const { loss, outputs, rows } = await learnAll({ table, options: { target } }, task, options)
  if (metric === 'auc' && outputs > 1) refuse('metric', 'another score for more than two classes', metric)
  const content = contentOf(table)
  const classes = hasClasses(loss) ? Uint32Array.from(rows.y) : null
  const data = { digest: digestOf(content), table: content, target, task, held, classes }
  new Divisions(data).part(seeds[0], 0) // refuses divisions that cannot be made
  const trials = settings.length * foldsOf(held) * seeds.length
  if (trials <= maxTrials) return { data, reason, metric, settings, seeds, trials: trialsOf(data, options, seeds) }
  const sizes = [count(settings.length, 'setting'), count(foldsOf(held), 'fold'), count(seeds.length, 'seed')].join(
    ', ',
  )
  throw new Refusal('ERR_OPTION', `${sizes} are ${count(trials, 'trial')}, expected at most ${maxTrials}`)
}

/** A preset that is named, and a device on which the same trials give the same bits on machines with and without a GPU. */
const defaults = { preset: estimatorOptions.preset.default, device: 'cpu' } as const

function checkSpec(given: Record<string, unknown>): Checked {
  const faults = new Faults()
  const { grid, random, base, ...others } = given
  const names = Object.keys(omit(sweepSpec, ['grid', 'random', 'base'])) as (keyof typeof sweepSpec)[]
  const values = names.map((name) =>
    faults.attempt('', () => checkOptions(pick(sweepSpec, [name]), { [name]: others[name] })),
  )
  if (isTable(given.data) && given.reading !== undefined) {
    faults.attempt('', () => refuse('reading', 'left out, as the table was read before', given.reading))
  }
  refuseBoth(faults, 'grid', 'random', given, true)
  refuseBoth(faults, 'folds', 'test', given, false)
  const shared = faults.attempt('', () => baseOf(base, faults)) ?? {}
  const listed = faults.attempt('', () => (grid !== undefined ? readGrid(grid, faults) : readRandom(random, faults)))
  faults.refuse()
  const { folds, test, ...checked } = Object.assign({}, ...values)
  return { ...checked, base: shared, held: test === undefined ? { folds } : { test }, settings: listed?.() ?? [] }
}

/** Notes a fault if both options are given, or, where one is needed, neither. */
function refuseBoth(faults: Faults, one: string, other: string, given: Record<string, unknown>, needed: boolean): void {
  const found = [one, other].filter((name) => given[name] !== undefined).length
  if (found === 1 || (found === 0 && !needed)) return
  const came = found === 0 ? 'neither' : 'both'
  const message = words`a sweep takes either ${option(one)} or ${option(other)}, got ${came}`
  faults.add('', new Refusal('ERR_OPTION', message))
  if (needed) faults.refuse()
}

function taskFor(table: Table, { target, task }: Checked): { task: Task; reason: string } {
  const column = columnOf(table, target, 'target')
  return task === undefined ? taskOf(column) : { task, reason: 'as the spec says' }
}

function metricFor(task: Task, { metric }: Checked): MetricName {
  const known = metricsOf(task)
  if (metric === undefined) return known[0]
  if (metricTraits[metric].task === task) return metric
  return refuse('metric', `one of ${known.join(', ')} for ${task}`, metric)
}

/** @throws Refusal with all that is wrong with the options of the settings. */
function checkSettings(settings: readonly Setting[], options: readonly TrialOptions[], task: Task): void {
  const faults = new Faults()
  for (const [k, own] of options.entries()) {
    faults.attempt(`with ${settingText(settings[k])}`, () => modelFor({ options: own, seed: 0 }, task, 1))
  }
  faults.refuse()
}

/**
 * Learns from the whole table what each fit will learn from its part, so that what is wrong with the table is known before the
 * first trial.
 */
async function learnAll(
  given: { table: Table; options: { target: string } },
  task: Task,
  options: readonly TrialOptions[],
): Promise<FitData<unknown>> {
  const faults = new Faults()
  const differ = ({ ignore, categorical, classWeight, targetTransform }: TrialOptions) =>
    canonical([ignore, categorical, classWeight, targetTransform])
  const found: FitData<unknown>[] = []
  for (const own of new Map(options.map((each) => [differ(each), each])).values()) {
    try {
      found.push(await readFitData(given, taskEncoder(task, own), estimatorSettings(own)))
    } catch (error) {
      faults.add('', error)
    }
  }
  faults.refuse()
  return found[0]
}
