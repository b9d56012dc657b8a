import type { ColumnEncoding } from '../../data/column-encoding.js'
import type { TargetTransform } from '../../data/target-transform.js'
import { Refusal, setting, words } from '../../errors/refusal.js'
import { checkOptions } from '../../options/option.js'
import { count, listed } from '../../print.js'
import type { Answer, ExportedBounds, ExportedModel } from '../exported-model.js'
import { type OnnxOptions, onnxOptions } from '../options.js'
import { encodedColumns, tableInputs } from './columns.js'
import { OnnxGraph } from './graph.js'
import { averagedOutputs, networkOutputs } from './network.js'

/** The bytes of an ONNX model of standard operators, which predicts what the model does, to rounding (docs/onnx.md). */
export function onnxOf(model: ExportedModel, bounds: ExportedBounds, options: OnnxOptions = {}): Uint8Array {
  const { inputs } = checkOptions(onnxOptions, options)
  const graph = new OnnxGraph()
  const { columns } = model
  const sources = columns === null ? addNetwork(graph, model) : addTable(graph, columns, model, inputs)
  return graph.toBytes({ name: 'psilon', description: describe(model), metadata: metadataOf(model, sources, bounds) })
}

/** Texts as they are, and everything else as JSON. */
function metadataOf(
  { columns, answer }: ExportedModel,
  sources: readonly string[],
  { pathNorm: path_norm, lipschitz, influence }: ExportedBounds,
): Record<string, string> {
  const facts = {
    columns: columns?.map((column, k) => described(column, sources[k])),
    target: answer.kind === 'outputs' ? undefined : answer.target,
    target_transform: answer.kind === 'number' && answer.transform !== 'none' ? answer.transform : undefined,
    classes: answer.kind === 'class' ? answer.labels : undefined,
    ...{ path_norm, lipschitz, influence },
  }
  const known = Object.entries(facts).filter(([, fact]) => fact !== undefined)
  return Object.fromEntries(known.map(([key, fact]) => [key, typeof fact === 'string' ? fact : JSON.stringify(fact)]))
}

/** A column, and the input that it comes from. */
function described(column: ColumnEncoding, input: string): object {
  const { kind, name } = column
  if (column.kind === 'categorical') return { name, input, kind, levels: column.levels, missing: column.missing }
  const { median, least, greatest } = column
  return { name, input, kind, median, least, greatest }
}

function describe({ columns, inputs, answer }: ExportedModel): string {
  const from = columns === null ? count(inputs, 'input') : count(columns.length, 'column')
  return `Predicts ${answer.kind === 'outputs' ? count(answer.outputs, 'output') : answer.target} from ${from}.`
}

/** An estimator. @returns the input of each column. */
function addTable(
  graph: OnnxGraph,
  columns: readonly ColumnEncoding[],
  model: ExportedModel,
  form: NonNullable<OnnxOptions['inputs']>,
): readonly string[] {
  if (form === 'matrix') refuseCategories(columns)
  const inputs = tableInputs(graph, columns, form)
  addAnswer(graph, averagedOutputs(graph, encodedColumns(graph, columns, inputs, model.dtype), model), model)
  return inputs.names
}

function refuseCategories(columns: readonly ColumnEncoding[]): void {
  const names = columns.filter(({ kind }) => kind === 'categorical').map(({ name }) => `"${name}"`)
  if (names.length === 0) return
  const found = `${names.length === 1 ? 'column' : 'columns'} ${listed(names)} ${names.length === 1 ? 'has' : 'have'} categories`
  const remedy = words`say ${setting('inputs', 'columns')}`
  throw new Refusal('ERR_UNSUPPORTED', words`${setting('inputs', 'matrix')} is for numbers alone, ${found}; ${remedy}`)
}

/** A network without a table; all is in its dtype. @returns no columns. */
function addNetwork(graph: OnnxGraph, { inputs, dtype, members, answer }: ExportedModel): readonly string[] {
  const x = graph.input('x', dtype, inputs)
  const outputs = networkOutputs(graph, x, members[0].layers, dtype)
  const { outputs: width, link } = answer as Extract<Answer, { kind: 'outputs' }>
  graph.output('outputs', outputs, dtype, width)
  if (link === 'none') return []
  const logits = graph.cast(outputs, 'float64')
  const chances = link === 'softmax' ? graph.node('Softmax', [logits], { axis: 1 }) : graph.node('Sigmoid', [logits])
  graph.output('probabilities', graph.cast(chances, dtype), dtype, width)
  return []
}

/** There is no operator expm1: e^x - 1 rounds the prediction by some 1e-16 of 1 + it. */
function undone(graph: OnnxGraph, value: string, transform: TargetTransform): string {
  if (transform === 'none') return value
  const power = graph.node('Exp', [value])
  return transform === 'log' ? power : graph.node('Sub', [power, graph.doubles(1)])
}

/** The prediction of an estimator from the averaged outputs, in double. */
function addAnswer(graph: OnnxGraph, outputs: string, { answer, dtype }: ExportedModel): void {
  if (answer.kind === 'number') {
    const scaled = graph.node('Mul', [outputs, graph.doubles(answer.scale)])
    const value = graph.node('Add', [scaled, graph.doubles(answer.center)])
    graph.output('prediction', undone(graph, value, answer.transform), 'float64', 1)
  }
  if (answer.kind !== 'class') return
  const { labels } = answer
  // of two classes the first has the logit 0
  const logits = labels.length === 2 ? graph.node('Mul', [outputs, graph.doubles(0, 1)]) : outputs
  const best = graph.node('ArgMax', [logits], { axis: 1, keepdims: 0 })
  const whole = labels.every((label) => Number.isSafeInteger(label))
  const names = whole ? graph.integers(labels as number[]) : graph.texts(labels.map(String))
  graph.output('label', graph.node('Gather', [names, best]), whole ? 'int64' : 'string', null)
  const chances = graph.node('Softmax', [logits], { axis: 1 })
  graph.output('probabilities', graph.cast(chances, dtype), dtype, labels.length)
}
