import { group } from 'd3-array'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'
import t from 'tap'
import { forestMeans } from '../dist/models/forest.js'
import { growTree, RankedRows, type Tree, treeValue } from '../dist/models/tree.js'
import { smoothTargets, someRows } from './support/rows.js'

const rows = 70

/** Three features, of which the last has four values only. */
function someX() {
  const { data } = someRows(rows, 3)
  for (let i = 2; i < data.length; i += 3) data[i] = Math.floor(2 * (data[i] as number))
  return { data, shape: [rows, 3] as [number, number] }
}

const x = someX()
const y = Float64Array.from(smoothTargets(x))
const all = Uint32Array.from({ length: rows }, (_, i) => i)
const once = new Uint32Array(rows).fill(1)
const grown = (leaf: number, tried = 3, weights = once) =>
  growTree(new RankedRows(x, y), weights, { leaf, tried, random: xoroshiro128plus(1) })

const squares = (values: number[]) => {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
}

/** The least sum of squared errors of any split with so many rows on each side. */
function leastError(leaf: number): number {
  let least = Infinity
  for (let j = 0; j < 3; j++) {
    for (const i of all) {
      const left = Array.from(all).filter((k) => x.data[3 * k + j] <= x.data[3 * i + j])
      const right = Array.from(all).filter((k) => !left.includes(k))
      if (left.length < leaf || right.length < leaf) continue
      least = Math.min(least, squares(left.map((k) => y[k])) + squares(right.map((k) => y[k])))
    }
  }
  return least
}

/** The node a row comes to. */
function leafOf({ feature, threshold, left, right }: Tree, i: number): number {
  let node = 0
  while (feature[node] >= 0) node = x.data[3 * i + feature[node]] <= threshold[node] ? left[node] : right[node]
  return node
}

t.test('a split is the best of all', async (t) => {
  for (const leaf of [1, 8, 30]) {
    const { feature, threshold } = grown(leaf)
    const goesLeft = (i: number) => x.data[3 * i + feature[0]] <= threshold[0]
    const sides = [true, false].map((side) => Array.from(all).filter((i) => goesLeft(i) === side))
    const error = sides.reduce((sum, side) => sum + squares(side.map((i) => y[i])), 0)
    t.ok(Math.abs(error - leastError(leaf)) < 1e-9, `leaf ${leaf}`)
  }
})

t.test('leaves have the mean of their rows, and as many as asked for', async (t) => {
  for (const leaf of [1, 4, 20, 40]) {
    const tree = grown(leaf, 2)
    const inLeaf = group(all, (i) => leafOf(tree, i))
    for (const [node, own] of inLeaf) {
      t.ok(own.length >= leaf)
      const mean = own.reduce((sum, i) => sum + y[i], 0) / own.length
      t.ok(Math.abs(treeValue(tree, x.data, 3 * own[0]) - mean) < 1e-12 && tree.feature[node] === -1)
    }
    t.equal(inLeaf.size === 1, leaf === 40)
  }
})

t.test('a row that was drawn twice counts twice in means, and once in the size of a leaf', async (t) => {
  const weights = Uint32Array.from(all, (i) => i % 3)
  const drawn = all.filter((i) => weights[i] > 0)
  const tree = grown(5, 3, weights)
  const leaves = [...group(drawn, (i) => leafOf(tree, i)).values()]
  t.ok(leaves.length > 4)
  for (const own of leaves) {
    t.ok(own.length >= 5)
    const sum = own.reduce((sum, i) => sum + weights[i] * y[i], 0)
    const mean = sum / own.reduce((sum, i) => sum + weights[i], 0)
    t.ok(Math.abs(treeValue(tree, x.data, 3 * own[0]) - mean) < 1e-12)
  }
})

t.test('a forest is drawn from its seed, and nears what the trees near', async (t) => {
  const set = { task: 'regression', train: { x, y } } as const
  const means = (seed: number, trees: number) => forestMeans(set, [set.train], { trees, leaf: 2, seed }, () => {})
  const [[first], [again], [other]] = [await means(1, 40), await means(1, 40), await means(2, 40)]
  t.strictSame(first, again)
  t.notSame(first, other)
  const error = squares(Array.from(first, (value, i) => value - y[i]))
  t.ok(error < 0.15 * squares(Array.from(y)), String(error))
})
