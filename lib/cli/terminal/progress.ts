import { setImmediate } from 'node:timers/promises'
import { sum } from 'd3-array'
import type { FitEvent } from '../../estimators/fits.js'
import { duration, figure } from '../../print.js'
import { displayOn } from './display.js'
import { type RunShape, RunWork, TimeLeft } from './time-left.js'

/** Seconds. */
export type Clock = () => number

const clock: Clock = () => performance.now() / 1000

/** Seconds from which the expected duration gets a line of its own. */
const long = 60

/**
 * Shows a fit until it ends: a bar on a terminal, elsewhere a line for each tenth of the work.
 *
 * @param shape of the run; default: no search and no early stopping.
 * @throws the error that ended the run.
 */
export async function showProgress(
  run: AsyncIterable<FitEvent>,
  {
    stream = process.stderr,
    now = clock,
    ...shape
  }: Partial<RunShape> & { stream?: NodeJS.WriteStream; now?: Clock } = {},
): Promise<void> {
  const display = displayOn(stream)
  const meter = new Meter(now, { lastFits: Number.POSITIVE_INFINITY, early: false, ...shape })
  const tell = once(display.note)
  const rest = resting()
  try {
    for await (const event of run) {
      await rest()
      const { progress, left, about, rate, newest } = meter.read(event)
      if (about !== null && about >= long) tell(`${shape.early ? 'at most' : 'about'} ${duration(about)} in all`)
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

/** Lets signals and other events be handled, however many epochs wait to be shown. */
function resting(): () => Promise<void> {
  let last = clock()
  return async () => {
    if (clock() - last < 0.05) return
    await setImmediate()
    last = clock()
  }
}

function once(tell: (text: string) => void): (text: string) => void {
  let told = false
  return (text) => {
    if (!told) tell(text)
    told = true
  }
}

/** `3 min 05 s left`, if that is known. */
const leftText = (seconds: number | null, early = false): string =>
  seconds === null ? 'estimating' : `${early ? 'at most ' : ''}${duration(seconds)} left`

function figures({ loss, pathNorm, nearSparsity, exactSparsity }: FitEvent, digits: number): string[] {
  const sparsity = exactSparsity > 0 ? `zeros ${exactSparsity.toFixed(2)}` : `sparsity ${nearSparsity.toFixed(2)}`
  return [`loss ${figure(loss, digits)}`, `path norm ${figure(pathNorm, digits)}`, sparsity]
}

function fitText({ fit, fits, lambda }: FitEvent): string[] {
  return fits > 1 ? [`fit ${fit}/${fits}`, `lambda ${lambda}`] : []
}

/**
 * Measures progress, speed and remaining time. Of the running fits it shows the latest, so that the display does not
 * jump between them.
 */
class Meter {
  readonly #now: Clock
  readonly #begin: number
  readonly #early: boolean
  readonly #work: RunWork
  readonly #left = new TimeLeft()
  /** Steps of each fit so far. */
  readonly #steps = new Map<number, number>()
  #newest: FitEvent | undefined

  constructor(now: Clock, { lastFits, early }: RunShape) {
    this.#now = now
    this.#begin = now()
    this.#early = early
    this.#work = new RunWork({ lastFits })
  }

  read(event: FitEvent) {
    const { fit, epoch, batches, progress } = event
    if (fit >= (this.#newest?.fit ?? 0)) this.#newest = event
    this.#steps.set(fit, epoch * batches)
    const elapsed = this.#now() - this.#begin
    this.#left.add(elapsed, this.#work.done(event))
    const { seconds } = this.#left
    return {
      progress,
      newest: this.#newest as FitEvent,
      rate: `${Math.round(this.#rate(event, elapsed))} steps/s`,
      left: progress < 1 ? leftText(seconds, this.#early) : duration(elapsed),
      about: seconds === null ? null : elapsed + seconds,
    }
  }

  /** Time of all fits together. A single fit measures its own time, because ours began before the table was read. */
  #rate({ fits, epoch, batches, seconds }: FitEvent, elapsed: number): number {
    if (fits === 1) return (epoch * batches) / Math.max(seconds, 1e-3)
    return sum(this.#steps.values()) / Math.max(elapsed, 1e-3)
  }
}
