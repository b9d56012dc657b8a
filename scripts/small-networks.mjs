// The smallest pruned network that costs less than 1 % of the score, chosen on the rows that train.
import { least, mean, min } from 'd3-array'
import { crossValidate } from 'psilon'

/** @typedef {{ encoding: 'standard' | 'asinh' | 'robust', lambda: number, width: number, sparsity: number }} Setting */

const most = 1.01
/** A setting that costs so much on the folds so far is given up. */
const hopeless = 1.1
const folds = 5
const encodings = /** @type {const} */ (['standard', 'asinh', 'robust'])
const lambdas = [3e-4, 1e-3, 3e-3]
const widths = [8, 12, 16, 24, 32, 48]
const sparsities = [0.9, 0.8, 0.7, 0.6, 0.5, 0]
const middle = { width: 32, sparsity: 0.7 }

/** Two hidden layers of a width, trained three times as long as a preset's network, since pruning needs time. */
export const optionsOf = (/** @type {Setting} */ { encoding, lambda, width, sparsity }) => ({
  ...{ preset: /** @type {const} */ ('fast'), encoding, lambda, hidden: [width, width], epochs: 468 },
  ...(sparsity > 0 && { prune: { sparsity } }),
})

/**
 * First the encoding and lambda with the least loss at a middle size. Then sizes, from the fewest weights on, until the loss is less
 * than 1 % above the least of those so far, the dense network's included, in two divisions into folds; the middle size if none is.
 *
 * @param {import('psilon').Table} table
 * @param {import('psilon').ClassifierOptions} dense options of the network that is compared with.
 * @param {{ task: 'classification' | 'regression', inputs: number }} of
 */
export async function smallestNetwork(table, dense, { task, inputs }) {
  /** Mean loss on the folds; Infinity for what is hopeless, or has too few weights to be pruned so far. */
  const lossOf = async (/** @type {object} */ estimator, /** @type {number} */ seed, limit = Infinity) => {
    const run = crossValidate(table, { target: 'target', task, folds, seed, estimator })
    /** @type {number[]} */
    const losses = []
    run.catch(() => {})
    try {
      for await (const { scores } of run) {
        losses.push(/** @type {number} */ (scores.logLoss ?? scores.scaledRmse))
        if (/** @type {number} */ (mean(losses)) > hopeless * limit) return Infinity
      }
    } catch (error) {
      if (/** @type {any} */ (error).code === 'ERR_UNREACHABLE') return Infinity
      throw error
    } finally {
      run.cancel()
    }
    return /** @type {number} */ (mean(losses))
  }
  const firsts = []
  for (const encoding of encodings) {
    for (const lambda of lambdas) {
      const setting = { encoding, lambda, ...middle }
      firsts.push({ setting, loss: await lossOf(optionsOf(setting), 0) })
    }
  }
  const best = /** @type {typeof firsts[number]} */ (least(firsts, ({ loss }) => loss))
  const limits = await Promise.all(
    [0, 1].map(async (seed) => {
      const losses = [await lossOf(dense, seed), seed === 0 ? best.loss : await lossOf(optionsOf(best.setting), seed)]
      return most * /** @type {number} */ (min(losses))
    }),
  )
  for (const size of sizesOf(inputs)) {
    const setting = { ...best.setting, ...size }
    if ((await lossOf(optionsOf(setting), 0, limits[0])) >= limits[0]) continue
    if ((await lossOf(optionsOf(setting), 1, limits[1])) < limits[1]) return setting
  }
  return best.setting
}

/** Widths with sparsities, in the order of the weights that are left. */
function sizesOf(/** @type {number} */ inputs) {
  const weights = (/** @type {{ width: number, sparsity: number }} */ { width, sparsity }) =>
    (1 - sparsity) * width * (inputs + width + 1)
  return widths
    .flatMap((width) => sparsities.map((sparsity) => ({ width, sparsity })))
    .sort((a, b) => weights(a) - weights(b))
}
