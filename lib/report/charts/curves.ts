import { max, min } from 'd3-array'
import { figure, percent } from '../../print.js'
import type { CurvePoint, Curves } from '../curves.js'
import { boundsAgree, type Figures } from '../figures.js'
import { type Chart, colours, logarithmicAxis } from './chart.js'

/** Charts of a training, epoch by epoch. */
export function curveCharts({ curves, model }: Figures): Chart[] {
  if (curves === null) return []
  return [lossChart(curves), pathNormChart(curves, model), sparsityChart(curves), learningRateChart(curves)]
}

interface Line {
  name: string
  value(point: CurvePoint): number | undefined
}

function lossChart(curves: Curves): Chart {
  const { points, watched } = curves
  const training = { name: 'training rows', value: ({ loss }: CurvePoint) => loss }
  const others = { name: watched, value: ({ validationLoss }: CurvePoint) => validationLoss }
  const lines = points.some(({ validationLoss }) => validationLoss !== undefined) ? [training, others] : [training]
  const best = min(points, ({ validationLoss }) => validationLoss)
  const least = best === undefined ? '' : ` Least loss on ${watched}: ${figure(best)}.`
  return {
    title: 'Loss',
    text: `The loss without the regularizer; lower is better.${least}${marks(curves)}`,
    alt: `${ends(lines, points)}.`,
    spec: lineSpec(curves, lines, { title: 'loss' }),
  }
}

function pathNormChart(curves: Curves, model: Figures['model']): Chart {
  const lines = [{ name: 'path norm', value: ({ pathNorm }: CurvePoint) => pathNorm }]
  const tells =
    model !== null && boundsAgree(model.bounds)
      ? 'original, improved and tight bound are one for this network'
      : 'it is the improved bound'
  return {
    title: 'Path norm',
    text: `How far the outputs, in total, can move when each input moves by 1; ${tells}. Lower is smoother.`,
    alt: `${ends(lines, curves.points)}.`,
    spec: lineSpec(curves, lines, { title: 'path norm' }),
  }
}

function sparsityChart(curves: Curves): Chart {
  const lines = [
    { name: 'near sparsity', value: ({ nearSparsity }: CurvePoint) => nearSparsity },
    { name: 'exact zeros', value: ({ exactSparsity }: CurvePoint) => exactSparsity },
  ]
  const last = curves.points[curves.points.length - 1]
  const near = `near sparsity ends at ${percent(last.nearSparsity)}, exact zeros at ${percent(last.exactSparsity)}`
  return {
    title: 'Sparsity',
    text: 'Near sparsity tells how few weights of a row matter; exact zeros are weights that pruning removed.',
    alt: `${near}.`,
    spec: lineSpec(curves, lines, { title: 'share of the weights', format: '.0%', domain: [0, 1] }),
  }
}

function learningRateChart(curves: Curves): Chart {
  const lines = [{ name: 'learning rate', value: ({ learningRate }: CurvePoint) => learningRate }]
  return {
    title: 'Learning rate',
    text: 'The step size, as the schedule sets it.',
    alt: `${ends(lines, curves.points)}.`,
    spec: lineSpec(curves, lines, { title: 'learning rate', domain: [0] }),
  }
}

/** Explains the marks besides the lines. */
function marks({ kept, pruning }: Curves): string {
  const band = pruning === null ? '' : ' Shaded: the epochs in which weights went to zero.'
  return kept === null ? band : `${band} Dashed: epoch ${kept}, which was kept.`
}

function ends(lines: readonly Line[], points: readonly CurvePoint[]): string {
  const [first, last] = [points[0], points[points.length - 1]]
  const text = ({ name, value }: Line) => {
    const known = points.map(value).filter((each) => each !== undefined)
    return `${name} from ${figure(known[0])} to ${figure(known[known.length - 1])}`
  }
  return `Epochs ${first.epoch} to ${last.epoch}: ${lines.map(text).join('; ')}`
}

/** Values that span more than this are drawn on a logarithmic axis. */
const wideRange = 30

/** Lines of fewer points than this have them marked. */
const fewPoints = 12

interface Value {
  epoch: number
  line: string
  value: number
}

function lineSpec(
  curves: Curves,
  lines: readonly Line[],
  y: { title: string; format?: string; domain?: number[] },
): Chart['spec'] {
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

function valuesOf({ name, value }: Line, points: readonly CurvePoint[]): Value[] {
  return points.flatMap((point) => {
    const known = value(point)
    return known === undefined ? [] : [{ epoch: point.epoch, line: name, value: known }]
  })
}

function axisOf(values: readonly Value[], { format, domain }: { format?: string; domain?: number[] }) {
  const [least, most] = [min(values, ({ value }) => value) ?? 0, max(values, ({ value }) => value) ?? 0]
  if (domain === undefined && least > 0 && most / least > wideRange) return logarithmicAxis(least, most)
  return { axis: { format }, scale: { zero: false, domainMin: domain?.[0], domainMax: domain?.[1] } }
}

/** Lines differ by colour, and by dashes for those who cannot see it. */
function distinctly(names: string[]) {
  const legend = names.length > 1 ? { symbolType: 'stroke' } : null
  const line = { field: 'line', type: 'nominal', legend } as const
  return {
    color: { ...line, scale: { domain: names } },
    strokeDash: { ...line, scale: { domain: names, range: [[1, 0], ...names.slice(1).map(() => [6, 3])] } },
  }
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
