import { version } from '../version.js'
import { canonical, sha256 } from './canonical.js'
import { foldsOf, type SweepData } from './data.js'
import type { TrialOptions } from './options.js'

/** One training: a setting on one part of the rows, from one seed. */
export interface Trial {
  /** SHA-256 of everything that its result depends on, but for the processor: equal trials have equal keys on every machine. */
  key: string
  /** Options of the estimator, without seed and threads. */
  options: TrialOptions
  /** The fold that judges, from 0. */
  fold: number
  /** Seed of the division into folds and of the training. */
  seed: number
}

/** Changes when trials of the same options would give something else. */
const format = 1

/**
 * All trials, in the order in which they run: all settings on the first fold with the first seed, then on the next fold, so
 * that settings can be compared early. The trial at position t is of setting t mod the number of settings.
 */
export function trialsOf(
  data: Pick<SweepData, 'digest' | 'target' | 'task' | 'held'>,
  options: readonly TrialOptions[],
  seeds: readonly number[],
): Trial[] {
  const folds = Array.from({ length: foldsOf(data.held) }, (_, fold) => fold)
  return seeds.flatMap((seed) =>
    folds.flatMap((fold) =>
      options.map((own) => {
        const trial = { options: own, fold, seed }
        return { key: keyOf(data, trial), ...trial }
      }),
    ),
  )
}

/** The key of a trial. */
export function keyOf(
  { digest, target, task, held }: Pick<SweepData, 'digest' | 'target' | 'task' | 'held'>,
  { options, fold, seed }: Omit<Trial, 'key'>,
): string {
  return sha256(canonical({ format, version, data: digest, target, task, options, held, fold, seed }))
}
