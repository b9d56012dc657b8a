import { range } from 'd3-array'
import { type AnyModel, isEstimator, type Model, networksOf } from '../../estimators/models.js'
import { count, figure, percent } from '../../print.js'
import type { Chart } from './chart.js'

const maxInputs = 32
const maxUnits = 64

type WeightImage = ReturnType<typeof weightImage>

/** The weights of the first layer of the model's first network: a row for each input, a column for each unit. */
export function weightImage(model: AnyModel) {
  const [network] = networksOf(model)
  const { weights, shares, units, inputs } = network.firstLayer()
  const names = isEstimator(model) ? inputNames(model) : []
  const liveInputs = largestFirst(network.influence())
  const shownInputs = liveInputs.slice(0, maxInputs)
  const liveUnits = largestFirst(shares)
  const shownUnits = liveUnits.slice(0, maxUnits)
  const cells = shownInputs.flatMap((j, input) =>
    shownUnits.flatMap((i, unit) => {
      const weight = weights[i * inputs + j]
      return weight === 0 ? [] : [{ input, unit, weight }]
    }),
  )
  const total = shares.reduce((sum, share) => sum + share, 0)
  return {
    inputs: shownInputs.map((j) => names[j] ?? `input ${j}`),
    units: shownUnits.length,
    cells,
    largest: cells.reduce((most, { weight }) => Math.max(most, Math.abs(weight)), 0),
    /** How many there are in all; live ones contribute to the path norm. */
    all: { inputs, liveInputs: liveInputs.length, units, liveUnits: liveUnits.length },
    /** Share of the path norm that the shown units contribute, 0 to 1. */
    share: total === 0 ? 0 : shownUnits.reduce((sum, unit) => sum + shares[unit], 0) / total,
  }
}

/** Inputs of the model's first network. */
function inputNames({ features, encodings: [first] }: Model): string[] {
  return features.filter(({ encoding = first }) => encoding === first).map(({ name }) => name)
}

/** Indices of the values above 0, the largest value first. */
function largestFirst(values: Float64Array): number[] {
  return Array.from(values.keys())
    .filter((k) => values[k] > 0)
    .sort((a, b) => values[b] - values[a])
}

/** The weights of the first layer as an image; none if all weights are zero. */
export function weightsChart(model: AnyModel): Chart[] {
  const image = weightImage(model)
  const { inputs, cells, largest, units } = image
  if (cells.length === 0) return []
  return [
    {
      title: 'Weights of the first layer',
      text: `${shownText(image)} Blue is positive, orange negative; the strongest is ${figure(largest)}, and blank is 0.`,
      alt: `${count(inputs.length, 'input')} by ${count(units, 'unit')}, ${cells.length} weights that are not 0.`,
      spec: imageSpec(image),
    },
  ]
}

function shownText({ inputs, units, all, share }: WeightImage): string {
  const most = `the ${inputs.length} most influential of ${all.inputs} inputs`
  const rows = `Rows: ${inputs.length < all.liveInputs ? most : `the inputs, the most influential first`}.`
  const weight = `the ${units} that contribute most to the path norm, ${percent(share)} of it`
  const columns = `Columns: ${units < all.liveUnits ? weight : 'the units, by what they contribute to the path norm'}.`
  const dead = [
    ...(all.liveInputs < all.inputs ? [`${all.inputs - all.liveInputs} of ${count(all.inputs, 'input')}`] : []),
    ...(all.liveUnits < all.units ? [`${all.units - all.liveUnits} of ${count(all.units, 'unit')}`] : []),
  ]
  const unused = dead.length === 0 ? '' : ` Not shown, because they have no effect: ${dead.join(' and ')}.`
  return `${rows} ${columns}${unused}`
}

function imageSpec({ inputs, units, cells, largest }: WeightImage): Chart['spec'] {
  const values = cells.map(({ input, unit, weight }) => {
    return { input, unit, sign: weight > 0 ? 'positive' : 'negative', size: Math.abs(weight) / largest }
  })
  return {
    height: (inputs.length > 16 ? 13 : 18) * inputs.length + 45,
    params: [{ name: 'names', value: inputs }],
    data: { values },
    mark: { type: 'rect' },
    encoding: {
      x: {
        ...{ field: 'unit', type: 'ordinal', title: 'unit', scale: { domain: range(units), padding: 0 } },
        axis: {
          labelExpr: 'datum.value % 10 == 9 || datum.value == 0 ? datum.value + 1 : ""',
          labelAngle: 0,
          ticks: false,
        },
      },
      y: {
        ...{ field: 'input', type: 'ordinal', title: null, scale: { domain: range(inputs.length), padding: 0.08 } },
        axis: { labelExpr: 'names[datum.value]', labelLimit: 230, labelOverlap: false, ticks: false },
      },
      color: {
        ...{ field: 'sign', type: 'nominal', legend: null },
        scale: { domain: ['positive', 'negative'], range: ['var(--positive)', 'var(--negative)'] },
      },
      opacity: {
        ...{ field: 'size', type: 'quantitative', legend: null },
        scale: { type: 'pow', exponent: 0.6, domain: [0, 1], range: [0.06, 1] },
      },
    },
  }
}
