/** When how much was done, in any unit. */
interface Sample {
  seconds: number
  done: number
}

/** There is enough to reckon from after so many seconds, or so large a share of the work, and so many reports. */
const enough = { seconds: 3, share: 0.05, samples: 4 }

/**
 * Of late is: the last share of the time so far, or of the work, whichever began later; but so many seconds and reports at
 * least.
 */
const recent = { seconds: 10, share: 0.2, samples: 8 }

/** Samples that are kept; where there are more, every second one goes. */
const mostSamples = 1024

/**
 * Reckons how long work will last from how fast it went of late. What came before the first report, such as reading a
 * table, does not count.
 */
export class TimeLeft {
  #samples: Sample[] = []
  /** When it will end, smoothed so that the time left does not jump to and fro. */
  #end: number | null = null

  /** @param done so far. @param left of the same unit. */
  add(seconds: number, done: number, left = 1 - done): void {
    const last = this.#samples.at(-1)
    if (last !== undefined && done <= last.done) return
    this.#samples.push({ seconds, done })
    if (this.#samples.length > mostSamples) this.#samples = this.#samples.filter((_, k) => k % 2 === 0)
    const unit = this.#secondsPerUnit(left)
    if (unit === null) return
    const remaining = unit * left
    const end = seconds + remaining
    if (this.#end === null || last === undefined) this.#end = end
    else
      this.#end += (end - this.#end) * (1 - Math.exp((last.seconds - seconds) / Math.min(30, 0.1 * remaining + 1e-3)))
  }

  /** Seconds from the last report to the end; null as long as there is too little to tell. */
  get seconds(): number | null {
    const last = this.#samples.at(-1)
    return this.#end === null || last === undefined ? null : Math.max(0, this.#end - last.seconds)
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

/** Of a run of fits: how many of them are left for the end, after the search for lambda; and whether they may stop early. */
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
 * How much of the time of a run is behind it, 0 to 1. In a search several fits share the threads; few are left for the
 * end, and to each of them more threads are of less use: the square root of their number is taken for what they gain.
 */
export class RunWork {
  readonly #lastFits: number
  /** Fits of the search that have begun and not ended. */
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
