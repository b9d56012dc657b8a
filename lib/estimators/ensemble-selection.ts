import { leastIndex, range } from 'd3-array'
import type { Floats } from '../core/native.js'
import { type HeldOut, scoreOfParts } from './held-out.js'

/**
 * Which of several settings each member of an ensemble has. The first has the setting `first`; each of the others has the
 * one with which the mean of the outputs for held-out rows becomes best, and a setting may come again.
 *
 * Ensemble selection with replacement: Caruana et al. 2004, "Ensemble selection from libraries of models"
 *
 * @param outputs of each setting, for each part of the rows that is held out.
 * @returns indices of settings, `members` of them, and the score of their mean.
 */
export function selectEnsemble(
  outputs: readonly (readonly Floats[])[],
  parts: readonly HeldOut[],
  { first, members }: { first: number; members: number },
): { chosen: number[]; score: number } {
  const chosen = [first]
  let sums = outputs[first].map((part) => Float64Array.from(part))
  for (const size of range(2, members + 1)) {
    const added = outputs.map((own) => own.map((part, k) => sums[k].map((value, i) => value + part[i])))
    const best = leastIndex(added, (sum) => scoreOfParts(meansOf(sum, size), parts)) as number
    chosen.push(best)
    sums = added[best]
  }
  return { chosen, score: scoreOfParts(meansOf(sums, members), parts) }
}

const meansOf = (sums: readonly Float64Array[], count: number): Float64Array[] =>
  sums.map((part) => part.map((value) => value / count))
