import { count, figure, percent } from '../../print.js'
import type { ModelFigures } from '../figures.js'
import type { WeightImage } from '../weight-image.js'
import type { Chart } from './chart.js'

/** The weights of the first layer as an image; none if all weights are zero. */
export function weightsChart({ weights }: ModelFigures): Chart[] {
  const { inputs, cells, largest, units } = weights
  if (cells.length === 0) return []
  return [
    {
      title: 'Weights of the first layer',
      text: `${shownText(weights)} Blue is positive, orange negative; the strongest is ${figure(largest)}, and blank is 0.`,
      alt: `${count(inputs.length, 'input')} by ${count(units, 'unit')}, ${cells.length} weights that are not 0.`,
      spec: imageSpec(weights),
    },
  ]
}

function shownText({ inputs, units, all, share }: WeightImage): string {
  const most = `the ${inputs.length} most influential of ${all.inputs} inputs`
  const rows = `Rows: ${inputs.length < all.liveInputs ? most : `the inputs, the most influential first`}.`
  const weight = `the ${units} that contribute most to the path norm, ${percent(share)} of it`
  const columns = `Columns: ${units < all.liveUnits ? weight : 'the units, by what they contribute to the path norm'}.`
  return `${rows} ${columns}${withoutUse(all)}`
}

function withoutUse({ inputs, liveInputs, units, liveUnits }: WeightImage['all']): string {
  const dead = [
    ...(liveInputs < inputs ? [`${inputs - liveInputs} of ${count(inputs, 'input')}`] : []),
    ...(liveUnits < units ? [`${units - liveUnits} of ${count(units, 'unit')}`] : []),
  ]
  return dead.length === 0 ? '' : ` Not shown, because they have no effect: ${dead.join(' and ')}.`
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
        ...{ field: 'unit', type: 'ordinal', title: 'unit', scale: { domain: places(units), padding: 0 } },
        axis: {
          labelExpr: 'datum.value % 10 == 9 || datum.value == 0 ? datum.value + 1 : ""',
          labelAngle: 0,
          ticks: false,
        },
      },
      y: {
        ...{ field: 'input', type: 'ordinal', title: null, scale: { domain: places(inputs.length), padding: 0.08 } },
        axis: { labelExpr: 'names[datum.value]', labelLimit: 180, labelOverlap: false, ticks: false },
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

const places = (n: number): number[] => Array.from({ length: n }, (_, place) => place)
