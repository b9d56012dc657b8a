import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64'
import { uniformInt } from 'pure-rand/distribution/uniformInt'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'

/** Draws from one seed. */
export class Random {
  readonly #generator

  constructor(seed: number) {
    this.#generator = xoroshiro128plus(seed)
  }

  /** From `low` to below `high`. */
  uniform(low: number, high: number): number {
    return low + (high - low) * uniformFloat64(this.#generator)
  }

  /** By Box and Muller. */
  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.uniform(0, 1))) * Math.cos(this.uniform(0, 2 * Math.PI))
  }

  /** Either sign, and 10 to the power of something from `low` to `high`. */
  magnitude(low: number, high: number): number {
    return (this.chance(0.5) ? 1 : -1) * 10 ** this.uniform(low, high)
  }

  chance(share: number): boolean {
    return this.uniform(0, 1) < share
  }

  of<Item>(items: readonly Item[]): Item {
    return items[uniformInt(this.#generator, 0, items.length - 1)]
  }
}
