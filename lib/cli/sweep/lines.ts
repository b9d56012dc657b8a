import { aligned, count, facts, listed } from '../../print.js'
import { scoreOf, settingsTable } from '../../report/sweep/table.js'
import { foldsOf } from '../../sweep/data.js'
import { readUrl } from '../../sweep/redis/url.js'
import { settingText } from '../../sweep/space.js'
import { type SweepSummary, sorted } from '../../sweep/summary.js'
import type { PreparedSweep } from '../../sweep/sweep.js'

/** Settings that are printed. */
const maxShown = 20
/** Failed trials that are named. */
const maxErrors = 3

/** What will run. @param file name of the table. */
export function setupLines(
  { plan, known, threads, redis }: PreparedSweep,
  file: string,
  store: string | undefined,
): string[] {
  const { data, reason, settings, seeds, trials, metric } = plan
  const folds = 'folds' in data.held ? count(foldsOf(data.held), 'fold') : `${100 * data.held.test} % of the rows judge`
  const kept =
    store === undefined
      ? 'results are not kept; --out FOLDER keeps them'
      : `${store}: ${known.size} of ${count(trials.length, 'trial')} are in it`
  const where = redis === undefined ? count(threads, 'thread') : `the workers of Redis at ${readUrl(redis).place}`
  return facts([
    ['table', `${file}: ${count(data.table.places.length, 'row')}, ${count(data.table.columns.length, 'column')}`],
    ['target', `${data.target}: ${data.task}, ${reason}`],
    [
      'sweep',
      `${count(settings.length, 'setting')} of ${listed([...new Set(settings.flatMap(Object.keys))])}; ${folds}, ${count(seeds.length, 'seed')}`,
    ],
    [
      'trials',
      `${trials.length.toLocaleString('en-US')} on ${where}, compared by ${scoreOf({ metric, target: data.target }).title}`,
    ],
    ['store', kept],
  ])
}

/** The settings, the best first, and the first trials that failed. */
export function settingLines(summary: SweepSummary): string[] {
  const all = sorted(summary)
  const more = all.length - maxShown
  const failed = summary.trials.filter(({ error }) => error !== null)
  const errors = failed.slice(0, maxErrors).map(({ setting, fold, seed, error }) => {
    const where = `${settingText(summary.settings[setting].setting)}, fold ${fold}, seed ${seed}`
    return `failed: ${where}: ${error?.message}`
  })
  return [
    ...aligned(settingsTable(summary, all.slice(0, maxShown))),
    ...(more > 0 ? [`and ${count(more, 'more setting')}; --csv and --json have all`] : []),
    ...(failed.length > 0 ? ['', ...errors] : []),
    ...(failed.length > maxErrors ? [`and ${failed.length - maxErrors} more failed`] : []),
  ]
}
