import { pairs } from 'd3-array'
import { ascending, object, oneOf } from '../../io/json-reader.js'
import { checkScale, moments } from '../moments.js'
import { quantileThresholds, treeThresholds } from './bins.js'
import type { Encoding } from './encoding.js'
import { resolution } from './resolution.js'

const mostBins = 8

export interface PiecewiseLinear {
  kind: 'piecewise-linear'
  /** Edges of the bins, the least and the greatest value at the ends. */
  edges: number[]
}

/**
 * One input a bin, clip((value - b_t) / w_t, 0, 1) with the bin's lower edge b_t and width w_t. The inner edges are the
 * thresholds of a regression tree on this column alone; where such a tree finds none, quantiles.
 *
 * Gorishniy et al. 2022, arXiv 2203.05556, section 3.2.2
 */
export const piecewiseLinear: Encoding<PiecewiseLinear> = {
  supervised: true,
  learn({ name, values, sorted, outcome }) {
    const { mean, deviation } = moments(values)
    checkScale(mean, deviation, name)
    const order = Uint32Array.from(values.keys()).sort((a, b) => values[a] - values[b])
    const [low, high] = [sorted[0], sorted[sorted.length - 1]]
    checkScale(low, high - low, name)
    const limits = {
      bins: mostBins,
      rows: Math.min(40, Math.max(5, Math.floor(values.length / 8))),
      width: resolution(sorted, deviation),
    }
    const own = outcome && { ...outcome, values: Float64Array.from(order, (row) => outcome.values[row]) }
    const found = own === undefined ? [] : treeThresholds(sorted, own, limits)
    const inner = found.length > 0 ? found : quantileThresholds(sorted, limits)
    return { kind: 'piecewise-linear', edges: [low, ...inner, high] }
  },
  inputs: ({ edges }, name) =>
    pairs(edges, (low, high) => ({ name: `${name} in ${low}..${high}`, divisor: high - low })),
  write({ edges }, value, data, at) {
    for (let t = 0; t + 1 < edges.length; t++) {
      const share = (value - edges[t]) / (edges[t + 1] - edges[t])
      data[at + t] = Math.min(1, Math.max(0, share))
    }
  },
  usualValues: ({ edges }) => `values from ${edges[0]} to ${edges[edges.length - 1]}`,
  read: object<PiecewiseLinear>({
    kind: oneOf('piecewise-linear' as const),
    edges: ascending(2, 1000),
  }),
}
