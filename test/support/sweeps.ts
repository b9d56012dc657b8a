import type { MetricName, SweepSummary, TrialResult } from 'psilon'
import type { Plan } from '#psilon/sweep/plan.js'
import { summaryOf } from '#psilon/sweep/summary.js'

/** What a trial of a setting measured; null: it failed. Absent: it has not run. */
export type Figures = { score: number; pathNorm: number; weights: number; seconds: number } | null | undefined

interface Made {
  metric?: MetricName
  target?: string
  names?: readonly string[]
}

/** The summary of a sweep of which each setting had trials with these figures, one for each seed. */
export function madeSummary(settings: readonly (readonly Figures[])[], made: Made = {}): SweepSummary {
  const { metric = 'rmse', target = 'y', names = ['lambda'] } = made
  const seeds = Array.from({ length: settings[0]?.length ?? 0 }, (_, seed) => seed)
  const setting = (k: number) => Object.fromEntries(names.map((name) => [name, (k + 1) / 8]))
  const trials = seeds.flatMap((seed) =>
    settings.map((_, k) => ({ key: `${k} ${seed}`, options: setting(k), fold: 0, seed })),
  )
  const results = new Map<string, TrialResult>()
  for (const [t, trial] of trials.entries()) {
    const figures = settings[t % settings.length]?.[trial.seed]
    if (figures === undefined) continue
    const error = { code: 'ERR_NON_FINITE', message: 'a loss is no longer <b>finite</b>' } as const
    results.set(trial.key, {
      ...trial,
      measured: null,
      error,
      ...(figures && { error: null, measured: measured(figures, metric) }),
    })
  }
  const task = metric === 'rmse' || metric === 'r2' ? 'regression' : 'classification'
  const table = { reading: { decimal: '.', missing: [] }, columns: [], places: Array<string>(99).fill('') } as const
  const data = { digest: 'd'.repeat(64), table, target, task, held: { test: 0.2 }, classes: null }
  const plan = { data, reason: '', metric, settings: settings.map((_, k) => setting(k)), seeds, trials }
  return summaryOf(plan as unknown as Plan, results, { known: 0, notes: [] })
}

function measured({ score, ...figures }: NonNullable<Figures>, metric: MetricName) {
  const chosen = { encoding: 'standard', hidden: 8, lambda: 0.1, sparsity: null } as const
  return {
    scores: { [metric]: score },
    ...figures,
    bytes: 4 * figures.weights,
    members: 1,
    epochs: 9,
    device: 'cpu avx2',
    ...chosen,
  }
}

/** Settings with names that are markup, and figures over many orders. */
export const hostileSweep = madeSummary(
  Array.from({ length: 40 }, (_, k) => [
    { score: 0.1 * 1.2 ** k, pathNorm: 10 ** (6 - k / 4), weights: (k * 97) % 40 ** 3, seconds: 0.01 * (k + 1) },
    k % 9 === 8 ? null : { score: 0.1 * 1.3 ** k, pathNorm: 10 ** (6 - k / 5), weights: 7 * k, seconds: 3 * k },
  ]),
  {
    metric: 'logLoss',
    target: '<script>alert(1)</script>',
    names: ['<i>lambda</i>', 'prune.sparsity', 'a long name of an option'],
  },
)
