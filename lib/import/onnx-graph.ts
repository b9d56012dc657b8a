import { show } from '../checks.js'
import { odd } from '../io/json-reader.js'
import { type GraphProto, type ModelProto, type NodeProto, onnxSchema, type ValueInfoProto } from '../io/onnx-schema.js'
import { listed } from '../print.js'
import { Faults } from './faults.js'
import { chainOf, type Followed } from './onnx-chain.js'
import { OnnxNode } from './onnx-node.js'
import { operators } from './onnx-operators.js'
import { constantOf } from './onnx-tensors.js'
import { type Rows, unsupported, type Value, weightsFrom } from './onnx-values.js'

/** The oldest version of the operators that is read: from it on, shapes are broadcast as in NumPy. */
const oldest = 7

/**
 * Follows the rows of an untrusted graph from its input to its outputs.
 *
 * @param file its name in messages.
 * @throws Refusal of all faults that were found: ERR_UNSUPPORTED for a graph that is no network of psilon's,
 * ERR_MODEL_FILE for one that contradicts itself.
 */
export function followGraph(
  { graph, opsetImport }: Pick<ModelProto, 'opsetImport'> & { graph: GraphProto },
  file: string,
): Followed {
  const faults = new Faults()
  faults.attempt(() => checkVersion(opsetImport))
  const outputs = valuesOfOutputs(graph, faults)
  const followed = outputs.includes(null) ? null : faults.attempt(() => chainOf(outputs as Value[]))
  const refusal = faults.refusal(file)
  if (refusal !== undefined || followed === null) throw refusal
  return followed
}

function checkVersion(imports: ModelProto['opsetImport']): void {
  const own = imports.find(({ domain }) => domain === '' || domain === 'ai.onnx')
  if (own === undefined) odd('it does not say the version of its operators')
  if (own.version < oldest) unsupported(`its operators have version ${own.version}, expected ${oldest} or later`)
}

/** The values of the outputs; null where they could not be found, which is among the faults. */
function valuesOfOutputs(graph: GraphProto, faults: Faults): (Value | null)[] {
  const nodes = nodesBehind(graph)
  faults.attempt(() => refuseUnknown(nodes))
  const values = new Values()
  const give = (name: string, make: () => Value | null, place?: string) => {
    const value = faults.attempt(make, place)
    faults.attempt(() => values.give(name, value))
  }
  for (const tensor of graph.initializer) give(tensor.name, () => weightsFrom(constantOf(tensor.name, tensor)))
  const inputs = graph.input.filter(({ name }) => !values.has(name))
  const input = faults.attempt(() => inputOf(inputs))
  for (const { name } of inputs) give(name, () => input)
  for (const node of nodes) {
    const [first = '', ...others] = node.proto.output
    const value = faults.attempt(() => applied(node, values), node.place)
    give(first, () => value)
    if (value === null) for (const name of others) give(name, () => null)
  }
  return graph.output.map(({ name }) => faults.attempt(() => values.at(name)))
}

/** The nodes that outputs are made from, in their order. */
function nodesBehind({ node: all, output }: GraphProto): OnnxNode[] {
  const makers = new Map(all.flatMap((node) => node.output.map((name) => [name, node] as const)))
  const found = new Set<NodeProto>()
  const names = output.map(({ name }) => name)
  for (let name = names.pop(); name !== undefined; name = names.pop()) {
    const node = makers.get(name)
    if (node === undefined || found.has(node)) continue
    found.add(node)
    for (const each of node.input) names.push(each)
  }
  return all.filter((node) => found.has(node)).map((node) => new OnnxNode(node))
}

function refuseUnknown(nodes: readonly OnnxNode[]): void {
  const unknown = nodes.filter(({ operator }) => !operators.has(operator))
  if (unknown.length === 0) return
  const places = listed(unknown.map(({ place }) => place))
  unsupported(`it has ${places}, expected layers of Gemm, or of MatMul and Add, with Relu between them`)
}

/** The rows of the only input. */
function inputOf(inputs: readonly ValueInfoProto[]): Rows {
  const names = listed(inputs.map(({ name }) => show(name)))
  if (inputs.length === 0) odd('it has no input')
  if (inputs.length > 1) unsupported(`it has the inputs ${names}, expected one, of rows [rows, inputs]`)
  const { value } = inputs[0].type ?? {}
  if (value?.case !== 'tensorType') return unsupported(`the input ${names} is not a tensor`)
  const { elemType, shape } = value.value
  const { TensorProto_DataType: types } = onnxSchema().schema
  if (elemType === types.STRING || elemType === types.BOOL)
    unsupported(`the input ${names} is ${types[elemType]}, expected numbers`)
  const sizes = shape?.dim.map((dim) => (dim.value.case === 'dimValue' ? Number(dim.value.value) : null))
  if (sizes !== undefined && sizes.length !== 2) {
    unsupported(`the input ${names} has ${sizes.length} dimensions, expected [rows, inputs]`)
  }
  return { kind: 'rows', form: 'z', layer: null, width: sizes?.[1] ?? null, link: 'none' }
}

/** Values by their names; null for one that is refused. */
class Values {
  readonly #all = new Map<string, Value | null>()

  has(name: string): boolean {
    return this.#all.has(name)
  }

  give(name: string, value: Value | null): void {
    if (this.#all.has(name)) odd(`${show(name)} is made twice`)
    this.#all.set(name, value)
  }

  at(name: string): Value | null {
    return this.#all.get(name) ?? (this.#all.has(name) ? null : odd(`nothing before makes ${show(name)}`))
  }
}

/** What a node makes; null if one of its inputs, or its operator, is refused. */
function applied(node: OnnxNode, values: Values): Value | null {
  const inputs = node.proto.input.map((name) => (name === '' ? undefined : values.at(name)))
  const operator = operators.get(node.operator)
  if (operator === undefined || inputs.includes(null)) return null
  const { apply, most, attributes } = operator
  if (inputs.length > most) odd(`it has ${inputs.length} inputs, expected at most ${most}`)
  const other = node.attributes.find((name) => !attributes.includes(name))
  if (other !== undefined) unsupported(`its attribute ${show(other)} is unknown`)
  return apply(node, inputs as (Value | undefined)[])
}
