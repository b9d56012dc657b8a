import { type AnyModel, isEstimator, networksOf } from '../estimators/models.js'
import { firstLayer } from './first-layer.js'

/** The weights of the first layer as an image: a row for each input, a column for each unit. */
export interface WeightImage {
  /** Names of the inputs that are shown, the most influential first. */
  inputs: string[]
  /** Number of units shown; they are in the order of what they contribute to the path norm. */
  units: number
  /** What is not 0. `input` and `unit` count from 0 in these orders. */
  cells: { input: number; unit: number; weight: number }[]
  /** The largest magnitude shown. */
  largest: number
  /** How many there are; those that are live contribute to the path norm. */
  all: { inputs: number; liveInputs: number; units: number; liveUnits: number }
  /** What the shown units contribute to the path norm, 0 to 1. */
  share: number
}

const mostInputs = 32
const mostUnits = 64

/** Of the first network, where there are several. */
export function weightImage(model: AnyModel): WeightImage {
  const [network] = networksOf(model)
  const { weights, shares, units, inputs } = firstLayer(network)
  const influence = network.influence()
  const names = isEstimator(model) ? model.features.map(({ name }) => name) : null
  const liveInputs = largestFirst(influence)
  const shownInputs = liveInputs.slice(0, mostInputs)
  const live = largestFirst(shares)
  const shownUnits = live.slice(0, mostUnits)
  const cells = shownInputs.flatMap((j, input) =>
    shownUnits.flatMap((i, unit) => {
      const weight = weights[i * inputs + j]
      return weight === 0 ? [] : [{ input, unit, weight }]
    }),
  )
  const total = shares.reduce((sum, share) => sum + share, 0)
  return {
    inputs: shownInputs.map((j) => names?.[j] ?? `input ${j}`),
    units: shownUnits.length,
    cells,
    largest: cells.reduce((most, { weight }) => Math.max(most, Math.abs(weight)), 0),
    all: { inputs, liveInputs: liveInputs.length, units, liveUnits: live.length },
    share: total === 0 ? 0 : shownUnits.reduce((sum, unit) => sum + shares[unit], 0) / total,
  }
}

/** Indices of what is not 0, that of the largest value first. */
function largestFirst(values: Float64Array): number[] {
  return Array.from(values.keys())
    .filter((k) => values[k] > 0)
    .sort((a, b) => values[b] - values[a])
}
