import { sum } from 'd3-array'
import type { FitEvent } from '../estimators/fits.js'
import { duration, figure } from '../print.js'
import { displayOn } from './display.js'

/**
 * Shows a fit until it ends: a bar on a terminal, elsewhere a line for each tenth of the work.
 *
 * @throws what ended the run.
 */
export async function showProgress(run: AsyncIterable<FitEvent>, stream = process.stderr): Promise<void> {
  const display = displayOn(stream)
  const meter = new Meter()
  try {
    for await (const event of run) {
      const { progress, left, rate, newest } = meter.read(event)
      display.show(progress, (place) =>
        place === 'bar'
          ? [left, ...figures(newest, 3), rate, ...fitText(newest)]
          : [left, ...figures(newest, 4), rate, ...fitText(newest), `epoch ${newest.epoch}/${newest.epochs}`],
      )
    }
  } finally {
    display.end()
  }
}

function figures({ loss, pathNorm, nearSparsity, exactSparsity }: FitEvent, digits: number): string[] {
  const sparsity = exactSparsity > 0 ? `zeros ${exactSparsity.toFixed(2)}` : `sparsity ${nearSparsity.toFixed(2)}`
  return [`loss ${figure(loss, digits)}`, `path norm ${figure(pathNorm, digits)}`, sparsity]
}

function fitText({ fit, fits, lambda }: FitEvent): string[] {
  return fits > 1 ? [`fit ${fit}/${fits}`, `lambda ${lambda}`] : []
}

/**
 * How far the work is, how fast it goes and how long it will last; of the fits under way, the one that began last is to
 * be shown, so that what is shown does not go back and forth among them.
 */
class Meter {
  readonly #begin = performance.now()
  /** Steps of each fit so far. */
  readonly #steps = new Map<number, number>()
  #newest: FitEvent | undefined

  read(event: FitEvent) {
    const { fit, epoch, batches, progress } = event
    if (fit >= (this.#newest?.fit ?? 0)) this.#newest = event
    this.#steps.set(fit, epoch * batches)
    const elapsed = (performance.now() - this.#begin) / 1000
    return {
      progress,
      newest: this.#newest as FitEvent,
      rate: `${Math.round(this.#rate(event, elapsed))} steps/s`,
      left: progress < 1 ? `${duration((elapsed * (1 - progress)) / progress)} left` : duration(elapsed),
    }
  }

  /** Of all fits together. A single one knows its time better: ours began before the table was read. */
  #rate({ fits, epoch, batches, seconds }: FitEvent, elapsed: number): number {
    if (fits === 1) return (epoch * batches) / Math.max(seconds, 1e-3)
    return sum(this.#steps.values()) / Math.max(elapsed, 1e-3)
  }
}
