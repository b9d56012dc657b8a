import { type AnyModel, isEstimator, networksOf } from '../estimators/models.js'

/** The weights of the first layer as an image: a row for each input, a column for each unit. */
export interface WeightImage {
  /** Names of the inputs that are shown, the most influential first. */
  inputs: string[]
  /** Number of units shown, the one that contributes most to the path norm first. */
  units: number
  /** The weights that are not 0. `input` and `unit` count from 0 in these orders. */
  cells: { input: number; unit: number; weight: number }[]
  /** The largest magnitude shown. */
  largest: number
  /** How many there are in all; live ones contribute to the path norm. */
  all: { inputs: number; liveInputs: number; units: number; liveUnits: number }
  /** Share of the path norm that the shown units contribute, 0 to 1. */
  share: number
}

const maxInputs = 32
const maxUnits = 64

/** The image of the model's first network. */
export function weightImage(model: AnyModel): WeightImage {
  const [network] = networksOf(model)
  const { weights, shares, units, inputs } = network.firstLayer()
  const influence = network.influence()
  const names = isEstimator(model) ? model.features.map(({ name }) => name) : null
  const liveInputs = largestFirst(influence)
  const shownInputs = liveInputs.slice(0, maxInputs)
  const live = largestFirst(shares)
  const shownUnits = live.slice(0, maxUnits)
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

/** Indices of the values above 0, the largest value first. */
function largestFirst(values: Float64Array): number[] {
  return Array.from(values.keys())
    .filter((k) => values[k] > 0)
    .sort((a, b) => values[b] - values[a])
}
