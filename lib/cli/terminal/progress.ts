import { setImmediate } from 'node:timers/promises'
import { sum } from 'd3-array'
import type { FitEvent } from '../../estimators/fits.js'
import { duration, figure } from '../../print.js'
import { displayOn } from './display.js'
import { RunWork, TimeLeft } from './time-left.js'

const clock = () => performance.now() / 1000

/** Seconds from which the expected duration gets a line of its own. */
const long = 60

interface ProgressOptions {
  /** The number of fits after the search for lambda. Default: no search. */
  lastFits?: number
  /** Whether fits may stop early. */
  early?: boolean
  stream?: NodeJS.WriteStream
  /** Seconds. */
  now?: () => number
}

/**
 * Shows a fit until it ends: a bar on a terminal, elsewhere a line for each tenth of the work. Of the running fits it
 * shows the latest, so that the display does not jump between them.
 *
 * @throws the error that ended the run.
 */
export async function showProgress(run: AsyncIterable<FitEvent>, options: ProgressOptions = {}): Promise<void> {
  const { lastFits = Number.POSITIVE_INFINITY, early = false, stream = process.stderr, now = clock } = options
  const display = displayOn(stream)
  const begin = now()
  const work = new RunWork(lastFits)
  const left = new TimeLeft()
  const steps = new Map<number, number>()
  const most = early ? 'at most ' : ''
  let newest: FitEvent | undefined
  let told = false
  let rested = clock()
  try {
    for await (const event of run) {
      // lets signals and other events be handled, however many epochs wait to be shown
      if (clock() - rested >= 0.05) {
        await setImmediate()
        rested = clock()
      }
      const shown = newest === undefined || event.fit >= newest.fit ? event : newest
      newest = shown
      steps.set(event.fit, event.epoch * event.batches)
      const elapsed = now() - begin
      left.add(elapsed, work.done(event))
      const { seconds } = left
      if (!told && seconds !== null && elapsed + seconds >= long) {
        display.note(`${most || 'about '}${duration(elapsed + seconds)} in all`)
        told = true
      }
      const remaining = seconds === null ? 'estimating' : `${most}${duration(seconds)} left`
      const time = event.progress < 1 ? remaining : duration(elapsed)
      const rate = `${Math.round(stepsPerSecond(event, steps, elapsed))} steps/s`
      display.show(event.progress, (place) => [
        ...[time, ...figures(shown, place === 'bar' ? 3 : 4), rate],
        ...(shown.fits > 1 ? [`fit ${shown.fit}/${shown.fits}`, `lambda ${shown.lambda}`] : []),
        ...(place === 'bar' ? [] : [`epoch ${shown.epoch}/${shown.epochs}`]),
      ])
    }
  } finally {
    display.end()
  }
}

function figures({ loss, pathNorm, nearSparsity, exactSparsity }: FitEvent, digits: number): string[] {
  const sparsity = exactSparsity > 0 ? `zeros ${exactSparsity.toFixed(2)}` : `sparsity ${nearSparsity.toFixed(2)}`
  return [`loss ${figure(loss, digits)}`, `path norm ${figure(pathNorm, digits)}`, sparsity]
}

/**
 * Of all fits together. A single fit measures its own time, because ours began before the table was read.
 *
 * @param steps of each fit so far.
 */
function stepsPerSecond({ fit, fits, seconds }: FitEvent, steps: ReadonlyMap<number, number>, elapsed: number): number {
  return fits === 1 ? (steps.get(fit) ?? 0) / Math.max(seconds, 1e-3) : sum(steps.values()) / Math.max(elapsed, 1e-3)
}
