import { stat } from 'node:fs/promises'
import { sum } from 'd3-array'
import { load } from 'psilon'
import { memberSeed } from '#psilon/estimators/fits.js'
import { predictParts, scoresOf } from '#psilon/experiments/scores.js'
import { Ensemble } from '#psilon/network/ensemble.js'

/** @typedef {import('#psilon/experiments/cells.js').Cell} Cell */
/** @typedef {import('#psilon/experiments/cells.js').CellResult} CellResult */
/** @typedef {import('#psilon/experiments/data-sets.js').DataSet} DataSet */

/**
 * The networks of an ensemble, the cell's own first: they differ in their seeds, as those of an estimator do.
 *
 * @param {Cell} cell
 */
export function memberCells(cell, members) {
  const others = Array.from({ length: members - 1 }, (_, k) => ({ ...cell, seed: memberSeed(cell.seed ?? 0, k + 1) }))
  return [cell, ...others]
}

/**
 * Scores of the average of outputs, the test score of each network, and what they cost: seconds of training, one thread
 * each, and bytes of the files. Null where a network diverged, or there is none.
 *
 * @param {DataSet} set
 * @param {{ result: CellResult, model: string }[]} members
 */
export async function ensembleOf(set, members) {
  if (members.length === 0 || members.some(({ result }) => result.scores === null)) return null
  const sizes = await Promise.all(members.map(async ({ model }) => (await stat(model)).size))
  return {
    ...(await averageScores(set, members)),
    singles: members.map(({ result }) => result.scores?.test),
    seconds: sum(members, ({ result }) => result.seconds),
    bytes: sum(sizes),
  }
}

async function averageScores(set, members) {
  const networks = await Promise.all(members.map(({ model }) => load(model)))
  const average = new Ensemble(/** @type {import('psilon').PsilonNet[]} */ (networks))
  try {
    return scoresOf(set, await predictParts(set, async ({ x }) => (await average.predict(x)).data))
  } finally {
    average.dispose()
  }
}
