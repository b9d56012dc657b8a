import { median } from 'd3-array'
import type { FitEvent } from '../../estimators/fits.js'

/** The share of the work done by a certain time. */
interface Sample {
  at: number
  /** The time without long pauses. */
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
  #samples: Sample[] = []
  #left: number | null = null

  /** @param at time, in seconds. @param done share of the work. */
  add(at: number, done: number): void {
    const last = this.#samples.at(-1)
    if (last === undefined) {
      this.#samples.push({ at, seconds: 0, done })
      return
    }
    const passed = at - last.at
    const more = done - last.done
    if (more <= 0 || (passed < apart.seconds && more < apart.share && done < 1)) return
    this.#samples.push({ at, seconds: last.seconds + Math.min(passed, this.#usualPause() * longestPause), done })
    if (this.#samples.length > maxSamples) this.#samples = this.#samples.filter((_, k) => k % 2 === 0)
    const whole = this.#secondsInAll()
    if (whole !== null) this.#approach(whole * (1 - done), passed)
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

  #usualPause(): number {
    const last = this.#samples.slice(-16)
    return median(last.slice(1), ({ seconds }, k) => seconds - last[k].seconds) ?? Number.POSITIVE_INFINITY
  }

  /** Seconds that the whole work takes at the recent speed. */
  #secondsInAll(): number | null {
    const [first] = this.#samples
    const last = this.#samples.at(-1) as Sample
    const elapsed = last.seconds - first.seconds
    const done = last.done - first.done
    if (this.#samples.length <= enough.samples) return null
    if (elapsed < enough.seconds && done < enough.share) return null
    const earlier = this.#samples.slice(0, -recent.samples).findLast((sample) => {
      const age = last.seconds - sample.seconds
      const late = age < recent.share * elapsed && last.done - sample.done < recent.share * done
      return age >= recent.seconds && !late
    })
    const from = earlier ?? first
    return (last.seconds - from.seconds) / (last.done - from.done)
  }
}

type Reported = Pick<FitEvent, 'stage' | 'fit' | 'fits' | 'epoch' | 'epochs' | 'progress'>

/**
 * Estimated share of a run's time that has passed, 0 to 1. In a search several fits share the threads; the few last
 * fits have more threads each, which are assumed to speed them up by the square root of their number.
 */
export class RunWork {
  readonly #lastFits: number
  /** Running fits of the search. */
  readonly #open = new Set<number>()
  #lanes = 1

  /** @param lastFits number of fits after the search for lambda. */
  constructor(lastFits: number) {
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
