import { sum } from 'd3-array'

/** The stages of a run, in order; all but the last are its search. */
export const stages = ['settings', 'widths', 'finalists', 'pruned', 'last'] as const
export type Stage = (typeof stages)[number]

/** Estimated work of the fits of each stage. */
export type Plan = Record<Stage, readonly number[]>

/** How much of the work of a run is done. */
export class Progress {
  /** Fits that have not begun. */
  readonly #planned: Plan
  /** Work of those that have, and the share of each that is done. */
  readonly #begun: number[] = []
  readonly #shares: number[] = []
  #done = 0
  #ended = 0
  #whole: number
  #told = 0

  /** @param plan changes as the search goes. */
  constructor(plan: Plan) {
    this.#planned = { ...plan }
    this.#whole = this.#sum()
  }

  /** Tells the fits of a stage, which is about to begin; those of earlier stages that have not begun will not. */
  plan(stage: Stage, work: readonly number[]): void {
    for (const earlier of stages.slice(0, stages.indexOf(stage))) this.#planned[earlier] = []
    this.#planned[stage] = work
    this.#whole = this.#sum()
  }

  /** Begins the next fits of a stage. @returns the position of the first of them among all fits. */
  begin(stage: Stage, fits: number): number {
    const first = this.#begun.length
    this.#begun.push(...this.#planned[stage].slice(0, fits))
    this.#shares.push(...Array<number>(fits).fill(0))
    this.#planned[stage] = this.#planned[stage].slice(fits)
    return first
  }

  /** @param fit its position. @param share of it that is done. */
  advance(fit: number, share: number): void {
    this.#done += (share - this.#shares[fit]) * this.#begun[fit]
    if (share === 1 && this.#shares[fit] < 1) this.#ended++
    this.#shares[fit] = share
  }

  /** All fits, as far as is known. */
  get fits(): number {
    return this.#begun.length + sum(stages, (stage) => this.#planned[stage].length)
  }

  /** The share that is done, 0 to 1, which never falls; exactly 1 in the end, to which sums only come close. */
  get share(): number {
    if (this.#ended === this.fits) return 1
    this.#told = Math.max(this.#told, Math.min(1, this.#done / this.#whole))
    return this.#told
  }

  #sum(): number {
    return sum(this.#begun) + sum(stages, (stage) => sum(this.#planned[stage]))
  }
}
