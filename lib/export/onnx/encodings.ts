import { pairs } from 'd3-array'
import type { EncodingName, LearnedEncoding } from '../../data/encodings/encodings.js'
import type { OnnxGraph } from './graph.js'

type Learned<Name extends EncodingName> = Extract<LearnedEncoding, { kind: Name }>

/** From numbers [rows, columns], and what an encoding has learned from each, to inputs side by side; all in double. */
type OnnxEncoding<Name extends EncodingName> = (
  graph: OnnxGraph,
  x: string,
  learned: readonly Learned<Name>[],
) => string

const encodings: { [Name in EncodingName]: OnnxEncoding<Name> } = {
  standard,
  asinh: (graph, x, learned) => standard(graph, asinh(graph, centered(graph, x, learned)), learned),
  robust: (graph, x, learned) => standard(graph, smoothClip(graph, centered(graph, x, learned)), learned),
  'rank-normal'(graph, x, learned) {
    const curves = learned.map((each, j) => rank(graph, graph.columns(x, [j], learned.length), each))
    return standard(graph, graph.beside(curves), learned)
  },
  'piecewise-linear'(graph, x, learned) {
    const bins = learned.flatMap(({ edges }, j) =>
      pairs(edges, (start, end) => ({ j, start, width: end - start, least: 0, most: 1 })),
    )
    const of = bins.map(({ j }) => j)
    return shares(graph, graph.columns(x, of, learned.length), bins)
  },
}

export const encodingFor = (name: EncodingName) => encodings[name] as OnnxEncoding<EncodingName>

interface Moments {
  mean: number
  deviation: number
}

/** (x - mean) / deviation */
function standard(graph: OnnxGraph, x: string, learned: readonly Moments[]): string {
  const means = graph.doubles(...learned.map(({ mean }) => mean))
  const deviations = graph.doubles(...learned.map(({ deviation }) => deviation))
  return graph.node('Div', [graph.node('Sub', [x, means]), deviations])
}

/** (x - center) / scale */
function centered(graph: OnnxGraph, x: string, learned: readonly { center: number; scale: number }[]): string {
  return standard(
    graph,
    x,
    learned.map(({ center, scale }) => ({ mean: center, deviation: scale })),
  )
}

/** sign(z) log(|z| + sqrt(z^2 + 1)), as runtimes have the operator Asinh for float32 alone. */
function asinh(graph: OnnxGraph, z: string): string {
  const size = graph.node('Abs', [z])
  const log = graph.node('Log', [graph.node('Add', [size, hypotenuse(graph, size, 1)])])
  return graph.node('Mul', [graph.node('Sign', [z]), log])
}

/** z / sqrt(1 + (z / 3)^2) */
function smoothClip(graph: OnnxGraph, z: string): string {
  const slope = graph.node('Div', [z, hypotenuse(graph, graph.node('Abs', [z]), 3)])
  return graph.node('Mul', [slope, graph.doubles(3)])
}

/** sqrt(size^2 + other^2) for a size of at least 0, without squares that overflow. */
function hypotenuse(graph: OnnxGraph, size: string, other: number): string {
  const both = [size, graph.doubles(other)]
  const longer = graph.node('Max', both)
  const ratio = graph.node('Div', [graph.node('Min', both), longer])
  const square = graph.node('Add', [graph.node('Mul', [ratio, ratio]), graph.doubles(1)])
  return graph.node('Mul', [longer, graph.node('Sqrt', [square])])
}

/** q_0 + sum_k rise_k share_k over the segments between knots and the tails beyond them; x is [rows, 1]. */
function rank(graph: OnnxGraph, x: string, { knots, quantiles, spread }: Learned<'rank-normal'>): string {
  const inner = pairs(knots, (start, end) => ({ start, width: end - start, least: 0, most: 1 }))
  const rises = pairs(quantiles, (low, high) => high - low)
  const last = inner.length - 1
  const tailStep = (k: number) => Math.max(inner[k].width / rises[k], spread)
  const segments = [
    { start: knots[0], width: tailStep(0), least: -Infinity, most: 0 },
    ...inner,
    { start: knots[last + 1], width: tailStep(last), least: 0, most: Infinity },
  ]
  const weights = graph.floats('float64', [1, ...rises, 1], [segments.length, 1])
  const risen = graph.node('MatMul', [shares(graph, x, segments), weights])
  return graph.node('Add', [risen, graph.doubles(quantiles[0])])
}

interface Segment {
  start: number
  width: number
  least: number
  most: number
}

/** clip((x - start) / width, least, most) for each segment; x has a column for each, or one for all. */
function shares(graph: OnnxGraph, x: string, segments: readonly Segment[]): string {
  const each = (figure: keyof Segment) => graph.doubles(...segments.map((segment) => segment[figure]))
  const share = graph.node('Div', [graph.node('Sub', [x, each('start')]), each('width')])
  return graph.node('Min', [graph.node('Max', [share, each('least')]), each('most')])
}
