import { max, range } from 'd3-array'
import type { Dtype } from '../../words.js'
import type { StoredLayer, StoredMember } from '../stored-layers.js'
import { gamma, precisions, product } from './outward.js'

/**
 * Sums over all paths of networks as exported code computes them, of the weights along each (docs/method.md, section 5). They are
 * rounded up, once they are multiplied by `upwards`.
 */

/** Covers the rounding of the sums here, and of those that exported code makes of them in double precision. */
export function upwards(members: readonly StoredMember[]): number {
  const operations = members.map(({ layers }) => layers.reduce((sum, { terms }) => sum + terms + 8, 64))
  const widths = members.flatMap(({ layers }) => layers.map(({ terms }) => terms))
  return 1 + 8 * gamma(Math.max(...operations) + Math.max(...widths) + members.length, precisions.float64)
}

/** [inputs], how much sum_k objective_k f_k changes at most when each input changes by 1; f is the mean of the networks. */
export function pathSlopes(members: readonly StoredMember[], objective: readonly number[], inputs: number): number[] {
  const [, ...slopes] = meanOver(members, inputs, (layers) => {
    const last = layers[layers.length - 1]
    const weights = Float64Array.from({ length: last.terms }, (_, t) =>
      objective.reduce((sum, factor, k) => (factor === 0 ? sum : sum + factor * last.weights[k * last.terms + t]), 0),
    )
    const combined = { ...last, rows: 1, weights, biases: Float64Array.of(0) }
    return backThrough([...layers.slice(0, -1), combined], 0, steepest)
  })
  return slopes
}

/**
 * [1 + inputs], a bound on what rounding changes any output: of inputs of 0, and by the size of each.
 *
 * A layer with n terms that are not 0 rounds z_i to within gamma of A |y| + |b|, where A has the largest |weight| of each y_j. So
 * what rounding changes in all layers is a share of the same sum over all paths, prod_k (1 + gamma_k) - 1. A bias of `tiny` stands
 * for what is too small for a number.
 */
export function roundingSums(members: readonly StoredMember[], inputs: number, precision: number): number[] {
  const outputs = members[0].layers.at(-1)?.rows as number
  const sums = range(outputs).map((k) => meanOver(members, inputs, (layers) => backThrough(layers, k, largest)))
  const shares = members.map(({ layers }) =>
    layers.reduce((sum, layer) => sum + Math.log1p(errorOf(layer, precision)), 0),
  )
  const mean = Math.log1p(gamma(members.length + 8, precisions.float64))
  const share = Math.expm1(Math.max(...shares) + mean) * (1 + 2 ** -40)
  return range(1 + inputs).map((j) => share * (max(sums, (own) => own[j]) as number))
}

function errorOf({ rows, terms, weights }: StoredLayer, precision: number): number {
  const counts = range(rows).map((i) => weights.subarray(i * terms, (i + 1) * terms).filter((w) => w !== 0).length)
  return gamma(Math.max(...counts) + 8, precision)
}

/** The largest size of inputs at which no sum overflows, and no input either. */
export function inputLimit(members: readonly StoredMember[], dtype: Dtype): number {
  const most = (dtype === 'float32' ? 2 ** 128 : Number.MAX_VALUE) / 32
  let limit = most
  for (const { layers } of members) {
    // of each y_j: |y_j| <= reach_j max |x| + constant_j
    let [reach, constant] = [1, 0].map((value) => new Array<number>(layers[0].columns).fill(value))
    for (const layer of layers) {
      reach = forward(layer, reach)
      constant = forward(layer, constant).map((sum, i) => sum + Math.abs(layer.biases[i]) + 1)
      constant.forEach((own, i) => {
        limit = Math.min(limit, reach[i] > 0 ? (most - own) / reach[i] : own < most ? limit : -1)
      })
    }
  }
  return limit
}

const forward = (layer: StoredLayer, y: readonly number[]): number[] =>
  range(layer.rows).map((i) => y.reduce((sum, each, j) => sum + each * largest(layer, i, j), 0))

/** Means of vectors [1 + inputs]; a network gives one of its own inputs. */
function meanOver(
  members: readonly StoredMember[],
  inputs: number,
  own: (layers: readonly StoredLayer[]) => readonly number[],
): number[] {
  const mean = new Array<number>(1 + inputs).fill(0)
  for (const { takes, layers } of members) {
    own(layers).forEach((value, at) => {
      mean[at === 0 || takes === null ? at : 1 + takes[at - 1]] += value / members.length
    })
  }
  return mean
}

/** [1 + inputs], the sums over all paths from a bias, and from each input, to an output. */
function backThrough(layers: readonly StoredLayer[], output: number, entry: Entry): number[] {
  const last = layers[layers.length - 1]
  const one = range(1 + last.rows).map((at) => Number(at === 1 + output))
  return layers.reduceRight((sums, layer) => back(layer, sums, entry), one)
}

function back(layer: StoredLayer, from: readonly number[], entry: Entry): number[] {
  const { rows, columns, weights, biases } = layer
  const tiny = 2 ** -100 * (2 + (max(weights, Math.abs) as number))
  const to = new Array<number>(1 + columns).fill(0)
  to[0] = from[0]
  for (let i = 0; i < rows; i++) {
    const sum = from[1 + i]
    if (sum === 0) continue
    to[0] += product(sum, Math.abs(biases[i]) + tiny)
    for (let j = 0; j < columns; j++) to[1 + j] += product(sum, entry(layer, i, j))
  }
  return to
}

type Entry = (layer: StoredLayer, i: number, j: number) => number

/** |dz_i / dy_j| at most; of a residual layer its own y_i included. */
const steepest: Entry = ({ crelu, residual, columns, terms, weights }, i, j) => {
  const own = residual && i === j ? 1 : 0
  const above = Math.abs(own + weights[i * terms + j])
  return crelu ? Math.max(above, Math.abs(own + weights[i * terms + columns + j])) : above
}

/** By how much |z_i| grows at most when |y_j| grows by 1, where nothing cancels. */
const largest: Entry = ({ crelu, residual, columns, terms, weights }, i, j) => {
  const above = Math.abs(weights[i * terms + j])
  const most = crelu ? Math.max(above, Math.abs(weights[i * terms + columns + j])) : above
  return residual && i === j ? 1 + most : most
}
