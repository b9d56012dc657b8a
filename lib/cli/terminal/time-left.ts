import { median } from 'd3-array'

/** The work done by a certain time, in any unit. */
interface Sample {
  seconds: number
  done: number
}

/** An estimate needs so many seconds or so large a share of the work, and so many reports. */
const enough = { seconds: 3, share: 0.05, samples: 4 }

/**
 * Recent means the last share of the time or of the work so far, whichever began later, but at least so many seconds
 * and reports.
 */
const recent = { seconds: 10, share: 0.2, samples: 8 }

/** Samples kept; beyond that, every second one is dropped. */
const maxSamples = 512

/** Reports that follow sooner and add little work are ignored. */
const apart = { seconds: 0.1, share: 0.01 }

/** A pause longer than so many usual ones, as when the machine slept, counts as that many. */
const longestPause = 5

/**
 * Estimates the remaining time of work from its recent speed. Time before the first report, such as for reading a
 * table, does not count.
 */
export class TimeLeft {
  /** In seconds of work, without long pauses. */
  #samples: Sample[] = []
  #latest: Sample | null = null
  #left: number | null = null

  /** @param done work so far. @param left work left, in the same unit. */
  add(seconds: number, done: number, left = 1 - done): void {
    const last = this.#samples.at(-1)
    if (last === undefined || this.#latest === null) {
      this.#samples = [{ seconds: 0, done }]
      this.#latest = { seconds, done }
      return
    }
    const passed = seconds - this.#latest.seconds
    const more = done - this.#latest.done
    if (more <= 0 || (passed < apart.seconds && more < apart.share * (done + left) && left > 0)) return
    this.#samples.push({ seconds: last.seconds + Math.min(passed, this.#usualPause() * longestPause), done })
    this.#latest = { seconds, done }
    if (this.#samples.length > maxSamples) this.#samples = this.#samples.filter((_, k) => k % 2 === 0)
    const unit = this.#secondsPerUnit(left)
    if (unit !== null) this.#approach(unit * left, passed)
  }

  /** Seconds from the last report to the end; null while there are too few reports. */
  get seconds(): number | null {
    return this.#left
  }

  /** Moves smoothly from the previous estimate, less the time since, towards the new one. */
  #approach(reckoned: number, passed: number): void {
    const before = this.#left === null ? 0 : this.#left - passed
    if (before <= 0 || reckoned <= 0) this.#left = Math.max(0, reckoned)
    else this.#left = before * (reckoned / before) ** (1 - Math.exp(-passed / Math.min(10, 0.1 * reckoned)))
  }

  /** The median of the pauses between the last reports. */
  #usualPause(): number {
    const last = this.#samples.slice(-16)
    return median(last.slice(1), ({ seconds }, k) => seconds - last[k].seconds) ?? Number.POSITIVE_INFINITY
  }

  #secondsPerUnit(left: number): number | null {
    const [first] = this.#samples
    const last = this.#samples.at(-1) as Sample
    const elapsed = last.seconds - first.seconds
    const done = last.done - first.done
    if (this.#samples.length <= enough.samples) return null
    if (elapsed < enough.seconds && done < enough.share * (done + left)) return null
    const from = this.#samples.slice(0, -recent.samples).findLast((sample) => {
      const age = last.seconds - sample.seconds
      const late = age < recent.share * elapsed && last.done - sample.done < recent.share * done
      return age >= recent.seconds && !late
    })
    return pace(from ?? first, last)
  }
}

const pace = (from: Sample, to: Sample) => (to.seconds - from.seconds) / (to.done - from.done)

/** Shape of a run: the number of fits after the search for lambda, and whether fits may stop early. */
export interface RunShape {
  lastFits: number
  early: boolean
}

interface Reported {
  stage: 'search' | 'fit'
  fit: number
  fits: number
  epoch: number
  epochs: number
  progress: number
}

/**
 * Estimated share of a run's time that has passed, 0 to 1. In a search several fits share the threads; the few last
 * fits have more threads each, which are assumed to speed them up by the square root of their number.
 */
export class RunWork {
  readonly #lastFits: number
  /** Running fits of the search. */
  readonly #open = new Set<number>()
  #lanes = 1

  constructor({ lastFits }: Pick<RunShape, 'lastFits'>) {
    this.#lastFits = lastFits
  }

  done({ stage, fit, fits, epoch, epochs, progress }: Reported): number {
    const last = Math.min(this.#lastFits, fits)
    const tried = fits - last
    if (stage === 'search') {
      if (epoch < epochs) this.#open.add(fit)
      else this.#open.delete(fit)
      this.#lanes = Math.max(this.#lanes, this.#open.size)
    }
    const weight = last === 0 ? 1 : Math.sqrt(Math.max(1, this.#lanes / last))
    const units = progress * fits
    const searched = stage === 'search' ? units : Math.min(units, tried)
    return (searched + weight * (units - searched)) / (tried + weight * last)
  }
}
