import { reading, refuse } from '../checks.js'
import { type Task, tasks } from '../data/task.js'
import type { ClassifierOptions, RegressorOptions } from '../estimators/estimator-options.js'
import { type MetricName, metricNames } from '../estimators/metric.js'
import { fitOptions } from '../fit/options.js'
import { boolean, checkedLater, integer, number, oneOf, seed, text } from '../options/kinds.js'
import { computed, type Declarations, object, omit, type ValueKind } from '../options/option.js'
import { entriesOf, isArray } from '../realms.js'
import { type ReadOptions, readOptions } from '../tables/read-options.js'
import type { Table, TableInput } from '../tables/table.js'

/** Options of an estimator that a sweep sets itself. */
export const setBySweep = ['seed', 'threads'] as const

/** The options of an estimator that all trials may share, or that are swept. */
export type TrialOptions = Omit<RegressorOptions & ClassifierOptions, (typeof setBySweep)[number]>

/** Values of each swept option, by its path: `lambda`, `'prune.sparsity'`. */
export type SweepGrid = { readonly [Name in keyof TrialOptions]?: readonly TrialOptions[Name][] } & {
  readonly [path: `${string}.${string}`]: readonly unknown[]
}

/** A range that values are drawn from; of an option that takes integers, integers, both ends included. */
export interface SweepRange {
  /** The least value. */
  from: number
  /** The greatest value. */
  to: number
  /** Whether the logarithm is drawn evenly, so that 0.001 to 0.01 is as likely as 0.01 to 0.1. Default false. */
  log?: boolean | undefined
}

/** How settings are drawn: a list of values or a range for each swept option, by its path. */
export type SweepRandom = {
  /** Number of settings. */
  readonly settings: number
  /** Seed of the draw. Default 0. */
  readonly seed?: number | undefined
} & { readonly [Name in keyof TrialOptions]?: readonly TrialOptions[Name][] | SweepRange } & {
  readonly [path: `${string}.${string}`]: readonly unknown[] | SweepRange
}

/** What a sweep tries, on which data, and how it judges. */
export interface SweepSpec {
  /** The table: the path or URL of a CSV or Parquet file, or anything else that readTable takes or gave. */
  data: TableInput | Table
  /** The column to predict. */
  target: string
  /** Kind of prediction. Default by the values of the target. */
  task?: Task | undefined
  /** How the texts of the table are read, as by readTable. */
  reading?: ReadOptions | undefined
  /** Options of the estimator that all trials share; the default of device is 'cpu'. */
  base?: TrialOptions | undefined
  /** Values of the swept options, all combinations of which are settings; a list of grids gives the settings of each. */
  grid?: SweepGrid | readonly SweepGrid[] | undefined
  /** Settings drawn at random, instead of a grid: how many, and from which values. */
  random?: SweepRandom | undefined
  /** Number of folds, each of which judges what was trained on the others. At least 2. Default 5. */
  folds?: number | undefined
  /** Share of the rows that judges, instead of folds. Above 0 and below 1. */
  test?: number | undefined
  /**
   * How many seeds, 0 and up, or which; each divides the rows anew and trains every setting anew. Default 1.
   */
  seeds?: number | readonly number[] | undefined
  /** Score by which settings are compared. Default 'rmse', for classes 'logLoss'. */
  metric?: MetricName | undefined
}

export interface SweepOptions extends SweepSpec {
  /** Folder that keeps the results; trials whose results are there are not run again. Default none. */
  store?: string | undefined
  /** Threads of all trials together; any number gives the same scores. 1 to 256. Default all processors. */
  threads?: number | undefined
  /** URL of a Redis whose workers run the trials (docs/many-machines.md). Default none: they run here. */
  redis?: string | undefined
  /** Signal that ends the sweep when aborted; finished trials stay in the store. */
  signal?: AbortSignal | undefined
}

export const rangeOptions = {
  from: { kind: number(), required: true, sentence: 'The least value.' },
  to: { kind: number(), required: true, sentence: 'The greatest value.' },
  log: {
    kind: boolean,
    default: false,
    sentence: 'Whether the logarithm is drawn evenly, so that 0.001 to 0.01 is as likely as 0.01 to 0.1.',
  },
} satisfies Declarations<SweepRange>

/** More settings are surely a mistake. */
export const maxSettings = 100_000

/** How many settings are drawn, and how; besides the swept options. */
export const drawOptions = {
  settings: { kind: integer(1, maxSettings), required: true, sentence: 'Number of settings.' },
  seed: { kind: seed, default: 0, sentence: 'Seed of the draw.' },
} satisfies Declarations<Pick<SweepRandom, 'settings' | 'seed'>>

const maxSeeds = 1000

const seeds: ValueKind<readonly number[]> = {
  type: 'other',
  values: '',
  check(name, value) {
    if (!isArray(value)) return Array.from({ length: integer(1, maxSeeds).check(name, value) }, (_, k) => k)
    const list = reading('ERR_OPTION', name, () => entriesOf(value, maxSeeds + 1))
    if (list.length < 1 || list.length > maxSeeds) refuse(name, `a number or a list of 1 to ${maxSeeds} seeds`, value)
    return list.map((each, k) => {
      if (list.indexOf(each) < k) refuse(`${name}[${k}]`, 'another seed than those before it', each)
      return seed.check(`${name}[${k}]`, each)
    })
  },
}

export const sweepSpec = {
  data: {
    kind: checkedLater<SweepSpec['data']>('a table'),
    required: true,
    sentence: 'The table: the path or URL of a CSV or Parquet file, or anything else that readTable takes or gave.',
  },
  target: { kind: text, required: true, sentence: 'The column to predict.' },
  task: { kind: oneOf(tasks), otherwise: 'by the values of the target', sentence: 'Kind of prediction.' },
  reading: {
    kind: object('reading', readOptions, "{ decimal: ',' }"),
    sentence: 'How the texts of the table are read, as by readTable.',
  },
  base: {
    kind: checkedLater<TrialOptions>('options'),
    sentence: "Options of the estimator that all trials share; the default of device is 'cpu'.",
  },
  grid: {
    kind: checkedLater<SweepGrid | readonly SweepGrid[]>('lists of values'),
    sentence:
      'Values of the swept options, all combinations of which are settings; a list of grids gives the settings of each.',
  },
  random: {
    kind: checkedLater<SweepRandom>('lists of values, or ranges'),
    sentence: 'Settings drawn at random, instead of a grid: how many, and from which values.',
  },
  folds: {
    kind: integer(2),
    default: 5,
    sentence: 'Number of folds, each of which judges what was trained on the others.',
  },
  test: { kind: number({ above: 0, below: 1 }), sentence: 'Share of the rows that judges, instead of folds.' },
  seeds: {
    kind: seeds,
    default: computed(() => [0], '1'),
    sentence: 'How many seeds, 0 and up, or which; each divides the rows anew and trains every setting anew.',
  },
  metric: {
    kind: oneOf(metricNames),
    otherwise: "'rmse', for classes 'logLoss'",
    sentence: 'Score by which settings are compared.',
  },
} satisfies Declarations<SweepSpec>

export const sweepOptions = {
  ...sweepSpec,
  store: {
    kind: text,
    otherwise: 'none',
    sentence: 'Folder that keeps the results; trials whose results are there are not run again.',
  },
  threads: {
    ...omit(fitOptions.threads, ['flag']),
    sentence: 'Threads of all trials together; any number gives the same scores.',
  },
  redis: {
    kind: text,
    otherwise: 'none: they run here',
    sentence: 'URL of a Redis whose workers run the trials (docs/many-machines.md).',
  },
  signal: {
    kind: checkedLater<AbortSignal>('an AbortSignal'),
    sentence: 'Signal that ends the sweep when aborted; finished trials stay in the store.',
  },
} satisfies Declarations<SweepOptions>
