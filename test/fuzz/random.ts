import { uniformInt } from 'pure-rand/distribution/uniformInt'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'

/** Draws that depend on nothing but the seed. */
export class Random {
  readonly #generator

  constructor(seed: number) {
    this.#generator = xoroshiro128plus(seed)
  }

  /** An integer from `from` to `to`, both included. */
  int(from: number, to: number): number {
    return uniformInt(this.#generator, from, to)
  }

  /** 0 .. count - 1 */
  below(count: number): number {
    return this.int(0, count - 1)
  }

  /** Within [0, 1). */
  next(): number {
    return this.int(0, 2 ** 31 - 1) / 2 ** 31
  }

  chance(probability: number): boolean {
    return this.int(1, 1000) <= 1000 * probability
  }

  pick<T>(values: readonly T[]): T {
    return values[this.int(0, values.length - 1)] as T
  }

  /** What each of so many draws gives. */
  list<T>(count: number, draw: () => T): T[] {
    return Array.from({ length: count }, draw)
  }
}
