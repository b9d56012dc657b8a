import { setImmediate } from 'node:timers/promises'
import { uniformInt } from 'pure-rand/distribution/uniformInt'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'
import type { DataSet, Rows } from '../data/data-sets.js'
import { growTree, RankedRows, treeValue } from './tree.js'

export interface ForestOptions {
  trees: number
  /** Least number of different rows in a leaf. */
  leaf: number
  seed: number
}

/**
 * Means of the trees for each of `wanted`: values, or chances of class 1. Each tree grows on as many rows as there are,
 * drawn with repeats. A split is the best among all features, of a binary target among the root of their number.
 *
 * @param grown is called after each tree; what it throws ends the work.
 */
export async function forestMeans(
  { task, train }: Pick<DataSet, 'task' | 'train'>,
  wanted: readonly Rows[],
  { trees, leaf, seed }: ForestOptions,
  grown: (trees: number) => void,
): Promise<Float64Array[]> {
  const data = new RankedRows(train.x, train.y)
  const tried = task === 'binary' ? Math.max(1, Math.floor(Math.sqrt(data.features))) : data.features
  const random = xoroshiro128plus(seed)
  const sums = wanted.map(({ y }) => new Float64Array(y.length))
  for (let k = 1; k <= trees; k++) {
    const drawn = new Uint32Array(data.rows)
    for (let i = 0; i < data.rows; i++) drawn[uniformInt(random, 0, data.rows - 1)]++
    const tree = growTree(data, drawn, { leaf, tried, random })
    wanted.forEach(({ x }, part) => {
      const sum = sums[part]
      for (let i = 0; i < sum.length; i++) sum[i] += treeValue(tree, x.data, i * x.shape[1])
    })
    grown(k)
    await setImmediate()
  }
  return sums.map((sum) => sum.map((value) => value / trees))
}
