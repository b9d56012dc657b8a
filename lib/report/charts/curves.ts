import { max, min } from 'd3-array'
import type { Epoch } from '../../core/native.js'
import { figure, percent } from '../../print.js'
import type { RunRecord } from '../record.js'
import { type Chart, colours, distinctly, logarithmicAxis } from './chart.js'

const maxPoints = 250

type Curves = ReturnType<typeof curvesOf>

export function curvesOf({ epochs, epoch, watched }: RunRecord) {
  const evaluated = epochs.filter(({ validationLoss }) => validationLoss !== undefined)
  const shown = new Set([...thinned(epochs), ...thinned(evaluated)])
  const pruned = epochs.filter(({ alpha }) => alpha > 0 && alpha < 1)
  return {
    /** Evenly spaced among the epochs, the last one included; at most some hundreds. */
    points: epochs.filter((each) => shown.has(each)),
    watched,
    /** The kept epoch, if it is not the last one. */
    kept: epoch === epochs.at(-1)?.epoch ? null : epoch,
    /** Epochs in which weights went from normalised to projected, if the run pruned. */
    pruning: pruned.length === 0 ? null : { from: pruned[0].epoch, to: pruned[pruned.length - 1].epoch },
  }
}

/** Every k-th one and the last. */
function thinned(epochs: readonly Epoch[]): Epoch[] {
  const every = Math.ceil(epochs.length / maxPoints)
  return epochs.filter((_, i) => i % every === 0 || i === epochs.length - 1)
}

interface Line {
  name: string
  of: 'loss' | 'validationLoss' | 'pathNorm' | 'nearSparsity' | 'exactSparsity'
}

interface Axis {
  title: string
  format?: string
  domain?: number[]
}

/** Charts of a training, epoch by epoch. @param alike whether all bounds of the network are equal. */
export function curveCharts(record: RunRecord, alike: boolean): Chart[] {
  const curves = curvesOf(record)
  const { points, watched } = curves
  const chart = (title: string, text: string, lines: Line[], y: Axis, alt = ends(lines, points)): Chart => {
    return { title, text, alt: `${alt}.`, spec: lineSpec(curves, lines, y) }
  }
  const best = min(points, ({ validationLoss }) => validationLoss)
  const least = best === undefined ? '' : ` Least loss on ${watched}: ${figure(best)}.`
  const others: Line[] = best === undefined ? [] : [{ name: watched, of: 'validationLoss' }]
  const tells = alike ? 'original, improved and tight bound are one for this network' : 'it is the improved bound'
  const last = points[points.length - 1]
  return [
    chart(
      'Loss',
      `The loss without the regularizer; lower is better.${least}${marks(curves)}`,
      [{ name: 'training rows', of: 'loss' }, ...others],
      { title: 'loss' },
    ),
    chart(
      'Path norm',
      `How far the outputs, in total, can move when each input moves by 1; ${tells}. Lower is smoother.`,
      [{ name: 'path norm', of: 'pathNorm' }],
      { title: 'path norm' },
    ),
    chart(
      'Sparsity',
      'Near sparsity tells how few weights of a row matter; exact zeros are weights that pruning removed.',
      [
        { name: 'near sparsity', of: 'nearSparsity' },
        { name: 'exact zeros', of: 'exactSparsity' },
      ],
      { title: 'share of the weights', format: '.0%', domain: [0, 1] },
      `near sparsity ends at ${percent(last.nearSparsity)}, exact zeros at ${percent(last.exactSparsity)}`,
    ),
  ]
}

function marks({ kept, pruning }: Curves): string {
  const band = pruning === null ? '' : ' Shaded: the epochs in which weights went to zero.'
  return kept === null ? band : `${band} Dashed: epoch ${kept}, which was kept.`
}

function ends(lines: readonly Line[], points: readonly Epoch[]): string {
  const [first, last] = [points[0], points[points.length - 1]]
  const texts = lines.map((line) => {
    const values = valuesOf(line, points)
    return `${line.name} from ${figure(values[0].value)} to ${figure(values[values.length - 1].value)}`
  })
  return `Epochs ${first.epoch} to ${last.epoch}: ${texts.join('; ')}`
}

/** Values that span more than this are drawn on a logarithmic axis. */
const wideRange = 10

/** Lines of fewer points than this have them marked. */
const fewPoints = 12

type Value = ReturnType<typeof valuesOf>[number]

function lineSpec(curves: Curves, lines: readonly Line[], y: Axis): Chart['spec'] {
  const byLine = lines.map((line) => valuesOf(line, curves.points))
  const values = byLine.flat()
  const few = byLine.filter(({ length }) => length < fewPoints).flat()
  const encoding = {
    x: {
      ...({ field: 'epoch', type: 'quantitative', title: 'epoch', scale: { nice: false, zero: false } } as const),
      axis: { grid: false, format: ',d' },
    },
    y: { ...({ field: 'value', type: 'quantitative' } as const), title: y.title, ...axisOf(values, y) },
    ...distinctly(lines.map(({ name }) => name)),
  }
  return {
    layer: [
      ...background(curves),
      { data: { values }, mark: { type: 'line', strokeWidth: 2 }, encoding },
      {
        data: { values: few },
        mark: { type: 'point', filled: true, size: 50, opacity: 1 },
        encoding: { x: encoding.x, y: encoding.y, color: encoding.color },
      },
    ],
  }
}

function valuesOf({ name, of }: Line, points: readonly Epoch[]) {
  return points.flatMap(({ epoch, [of]: value }) => (value === undefined ? [] : [{ epoch, line: name, value }]))
}

function axisOf(values: readonly Value[], { format, domain }: Axis) {
  const [least, most] = [min(values, ({ value }) => value) ?? 0, max(values, ({ value }) => value) ?? 0]
  if (domain === undefined && least > 0 && most / least > wideRange) return logarithmicAxis(least, most)
  return { axis: { format }, scale: { zero: false, domainMin: domain?.[0], domainMax: domain?.[1] } }
}

/** The epochs of pruning and the one that was kept. */
function background({ kept, pruning }: Curves) {
  const x = (field: string) => ({ field, type: 'quantitative' }) as const
  return [
    {
      data: { values: pruning === null ? [] : [pruning] },
      mark: { type: 'rect' as const, color: colours.band },
      encoding: { x: x('from'), x2: { field: 'to' } },
    },
    {
      data: { values: kept === null ? [] : [{ kept }] },
      mark: { type: 'rule' as const, color: colours.ink, strokeDash: [4, 3] },
      encoding: { x: x('kept') },
    },
  ]
}
