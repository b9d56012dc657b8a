import type { Cell, CellResult, ForestSetting, LinearSetting } from '../cells/cells.js'
import type { DataSet } from '../data/data-sets.js'
import { forestMeans } from './forest.js'
import { fitLogistic, fitRidge } from './linear.js'
import { accuracyOf, logitsOf, type Predictions, predictParts, scoresOf } from './scores.js'

export type BaselineCell = Cell & { setting: LinearSetting | ForestSetting }

/** @param report is told how much is done, 0 to 1; what it throws ends the work. */
export async function runBaseline(
  set: DataSet,
  { setting, seed }: BaselineCell,
  report: (share: number) => void,
): Promise<CellResult> {
  const begin = performance.now()
  const predictions = setting.kind === 'linear' ? await linear(set, setting) : await forest(set, setting, seed, report)
  const ofNetworks = {
    pathNorm: null,
    bounds: null,
    nearSparsity: null,
    exactSparsity: null,
    curve: null,
    device: null,
  }
  const scores = { scores: scoresOf(set, predictions), accuracy: accuracyOf(set, predictions), failure: null }
  return { ...ofNetworks, ...scores, seconds: (performance.now() - begin) / 1000 }
}

function linear(set: DataSet, { penalty }: LinearSetting): Promise<Predictions> {
  const predict = set.task === 'binary' ? fitLogistic(set.train, penalty) : fitRidge(set.train, penalty)
  return predictParts(set, ({ x }) => predict(x))
}

async function forest(
  set: DataSet,
  { trees, leaf }: ForestSetting,
  seed: number | null,
  report: (share: number) => void,
): Promise<Predictions> {
  const parts = [set.train, set.test, set.validation]
  const grown = (k: number) => report(k / trees)
  const means = await forestMeans(set, parts, { trees, leaf, seed: seed ?? 0 }, grown)
  const values = set.task === 'binary' ? means.map(logitsOf) : means
  return predictParts(set, (rows) => values[parts.indexOf(rows)])
}
