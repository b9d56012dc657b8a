import { native } from '../test/addon/native.mjs'
import { summarize } from './timing.mjs'

/** @typedef {import('./timing.mjs').Summary} Summary */

/**
 * Takes the round trip of a cache line between two threads before each call of `measure`: where it is long, all that
 * threads exchange arrives late. One thread has none.
 *
 * @template T
 * @param {number} threads
 * @param {() => T} measure
 * @returns {{ measure: () => T, roundTrip: () => Summary | undefined }}
 */
export function besideRoundTrip(threads, measure) {
  /** @type {number[]} */
  const seconds = []
  return {
    measure: () => {
      if (threads > 1) seconds.push(native.benchmark.roundTrip())
      return measure()
    },
    roundTrip: () => (seconds.length === 0 ? undefined : summarize(seconds)),
  }
}
