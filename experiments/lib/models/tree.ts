import type { Floats } from 'psilon'
import { uniformInt } from 'pure-rand/distribution/uniformInt'
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator'

/**
 * A regression tree, node by node: a row goes left where `x[feature] <= threshold`. A leaf has feature -1 and its mean as
 * threshold.
 */
export interface Tree {
  feature: Int32Array
  threshold: Float64Array
  left: Int32Array
  right: Int32Array
}

/** Rows to grow trees on, with the rank of each value among those of its feature, equal for equal values. */
export class RankedRows {
  readonly rows: number
  readonly features: number
  /** [features, rows] */
  readonly ranks: Float64Array
  /** By feature, the value of each rank. */
  readonly values: Float64Array[] = []
  readonly y: Float64Array

  constructor(x: { data: Floats; shape: readonly [number, number] }, y: Float64Array) {
    const [rows, features] = x.shape
    this.rows = rows
    this.features = features
    this.y = y
    this.ranks = new Float64Array(rows * features)
    for (let j = 0; j < features; j++) {
      const column = Float64Array.from({ length: rows }, (_, i) => x.data[i * features + j])
      const values = Float64Array.from(new Set(column)).sort()
      const rankOf = new Map(Array.from(values, (value, rank) => [value, rank]))
      column.forEach((value, i) => {
        this.ranks[j * rows + i] = rankOf.get(value) as number
      })
      this.values.push(values)
    }
  }
}

interface Split {
  feature: number
  rank: number
  gain: number
}

/**
 * Grows a tree by least squares, which for targets 0 and 1 is the Gini impurity: each node takes the split that lowers the
 * sum of squared errors most, among `tried` features drawn for it.
 *
 * @param weights how often each row counts; rows with 0 take no part.
 * @param leaf least number of different rows in a leaf.
 */
export function growTree(
  data: RankedRows,
  weights: Uint32Array,
  { leaf, tried, random }: { leaf: number; tried: number; random: RandomGenerator },
): Tree {
  const nodes: { feature: number; threshold: number; left: number; right: number }[] = []
  const order = Uint32Array.from({ length: data.features }, (_, j) => j)
  const rows = Uint32Array.from(weights, (_, i) => i).filter((i) => weights[i] > 0)
  const keys = new Float64Array(rows.length)
  const search = { leaf, tried, random, weights, order, keys }
  const grow = (own: Uint32Array): number => {
    const { sum, weight } = totals(data.y, weights, own)
    const index = nodes.push({ feature: -1, threshold: sum / weight, left: -1, right: -1 }) - 1
    const split = own.length < 2 * leaf ? undefined : bestSplit(data, own, { ...search, sum, weight })
    if (split === undefined) return index
    const { feature, rank } = split
    const ranks = data.ranks.subarray(feature * data.rows, (feature + 1) * data.rows)
    const values = data.values[feature]
    const threshold = middle(values[rank], values[nextRank(own, ranks, rank)])
    const left = grow(own.filter((i) => ranks[i] <= rank))
    const right = grow(own.filter((i) => ranks[i] > rank))
    nodes[index] = { feature, threshold, left, right }
    return index
  }
  grow(rows)
  return {
    feature: Int32Array.from(nodes, (node) => node.feature),
    threshold: Float64Array.from(nodes, (node) => node.threshold),
    left: Int32Array.from(nodes, (node) => node.left),
    right: Int32Array.from(nodes, (node) => node.right),
  }
}

interface Search {
  leaf: number
  tried: number
  random: RandomGenerator
  weights: Uint32Array
  /** Of the node: the sum of its weights, and of its targets times them. */
  weight: number
  sum: number
  /** All features; drawing permutes them. */
  order: Uint32Array
  keys: Float64Array
}

function bestSplit(data: RankedRows, own: Uint32Array, search: Search): Split | undefined {
  const { tried, random, order } = search
  let best: Split | undefined
  // features whose values are all the same here do not count as tried
  for (let k = 0, useful = 0; k < order.length && useful < tried; k++) {
    const drawn = uniformInt(random, k, order.length - 1)
    const feature = order[drawn]
    order[drawn] = order[k]
    order[k] = feature
    const keys = sortedKeys(data, own, feature, search.keys)
    if (rankOf(keys[0], data.rows) === rankOf(keys[keys.length - 1], data.rows)) continue
    useful++
    const found = bestCut(data, keys, search)
    if (found !== undefined && found.gain > (best?.gain ?? 0)) best = { feature, ...found }
  }
  return best
}

/** rank * rows + row, ascending: the rows in the order of a feature. */
function sortedKeys(data: RankedRows, own: Uint32Array, feature: number, memory: Float64Array): Float64Array {
  const keys = memory.subarray(0, own.length)
  const offset = feature * data.rows
  for (let k = 0; k < own.length; k++) keys[k] = data.ranks[offset + own[k]] * data.rows + own[k]
  return keys.sort()
}

const rankOf = (key: number, rows: number): number => Math.floor(key / rows)

/** With sums s and weights w of both sides, the errors fall by s_l^2 / w_l + s_r^2 / w_r - s^2 / w. */
function bestCut({ rows, y }: RankedRows, keys: Float64Array, { leaf, weights, sum, weight }: Search) {
  const n = keys.length
  const whole = (sum * sum) / weight
  let left = 0
  let leftWeight = 0
  let gain = 1e-12 * Math.max(1, whole)
  let rank = -1
  let here = rankOf(keys[0], rows)
  for (let k = 0; k < n - leaf; k++) {
    const row = keys[k] - here * rows
    left += weights[row] * y[row]
    leftWeight += weights[row]
    const next = rankOf(keys[k + 1], rows)
    if (next !== here && k + 1 >= leaf) {
      const right = sum - left
      const fallen = (left * left) / leftWeight + (right * right) / (weight - leftWeight) - whole
      if (fallen > gain) {
        gain = fallen
        rank = here
      }
    }
    here = next
  }
  return rank < 0 ? undefined : { rank, gain }
}

function nextRank(own: Uint32Array, ranks: Float64Array, rank: number): number {
  let next = Infinity
  for (const i of own) if (ranks[i] > rank && ranks[i] < next) next = ranks[i]
  return next
}

/** Below the upper value, whatever the rounding. */
function middle(lower: number, upper: number): number {
  const value = lower + (upper - lower) / 2
  return value < upper ? value : lower
}

function totals(y: Float64Array, weights: Uint32Array, own: Uint32Array): { sum: number; weight: number } {
  let [sum, weight] = [0, 0]
  for (const i of own) {
    sum += weights[i] * y[i]
    weight += weights[i]
  }
  return { sum, weight }
}

/** The mean of the leaf that row i comes to. */
export function treeValue({ feature, threshold, left, right }: Tree, x: Floats, offset: number): number {
  let node = 0
  while (feature[node] >= 0) node = x[offset + feature[node]] <= threshold[node] ? left[node] : right[node]
  return threshold[node]
}
