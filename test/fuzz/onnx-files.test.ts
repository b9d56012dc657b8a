import { importNetwork, PsilonError, PsilonNet, PsilonResNet } from 'psilon'
import t from 'tap'
import { noRuntime, opened, type Tensor } from '../export/onnx-runtime.js'
import {
  double,
  Float,
  float,
  int64,
  modelOf,
  type NodeMessage,
  node,
  parsed,
  written,
} from '../import/onnx-builder.js'
import { forSeeds } from './cases.js'
import { Random } from './random.js'

type Model = ReturnType<typeof parsed>
type Graph = NonNullable<Model['graph']>

const quarters = (random: Random, count: number) => random.list(count, () => random.int(-8, 8) / 4)

/** A chain of two or three layers, drawn in one of the forms that exporters write. */
function drawn(random: Random): Uint8Array {
  const kinds = [
    new PsilonNet({ inputs: 3, hidden: [4, 2], seed: 1 }),
    new PsilonResNet({ inputs: 3, hidden: 2, depth: 2 }),
  ]
  if (random.chance(0.2)) return random.pick(kinds).toOnnx()
  const widths = [3, ...random.list(random.int(1, 2), () => random.int(1, 4)), random.int(1, 3)]
  const tensorOf = random.chance(0.8) ? float : double
  const nodes: NodeMessage[] = []
  const initializers = [int64('shape', [-1, 3])]
  let at = 'x'
  const next = (operator: string, inputs: string[], attributes = {}) => {
    const output = `${operator}${nodes.length}`
    nodes.push(node(operator, inputs, output, attributes))
    at = output
  }
  if (random.chance(0.3)) next('Reshape', [at, 'shape'])
  for (let k = 0; k + 1 < widths.length; k++) {
    const [columns, rows] = [widths[k] as number, widths[k + 1] as number]
    const turned = random.chance(0.5)
    initializers.push(
      tensorOf(`w${k}`, turned ? [rows, columns] : [columns, rows], quarters(random, rows * columns)),
      tensorOf(`b${k}`, [rows], quarters(random, rows)),
    )
    if (turned) next('Gemm', [at, `w${k}`, `b${k}`], { transB: 1, alpha: new Float(random.pick([1, 0.5])) })
    else {
      next('MatMul', [at, `w${k}`])
      next('Add', random.chance(0.5) ? [at, `b${k}`] : [`b${k}`, at])
    }
    if (k + 2 < widths.length) next('Relu', [at])
    if (random.chance(0.2)) next(random.pick(['Identity', 'Dropout', 'Flatten']), [at])
  }
  if (random.chance(0.4)) next(random.pick(['Softmax', 'Sigmoid', 'Identity']), [at])
  const type = tensorOf === float ? 'FLOAT' : 'DOUBLE'
  return modelOf({
    nodes,
    initializers,
    inputs: [{ name: 'x', type, shape: [null, 3] }],
    outputs: [{ name: at, type }],
  })
}

const operators = [
  ...[
    'Gemm',
    'MatMul',
    'Add',
    'Relu',
    'Max',
    'Min',
    'Concat',
    'Softmax',
    'LogSoftmax',
    'Sigmoid',
    'Sub',
    'ArgMax',
    'Tanh',
  ],
  ...['Identity', 'Dropout', 'Cast', 'Flatten', 'Reshape', 'Squeeze', 'Transpose', 'Constant', 'If', ''],
]
const attributeNames = ['alpha', 'beta', 'transA', 'transB', 'axis', 'to', 'perm', 'allowzero', 'axes', 'value']
const sizes = [0n, 1n, 2n, 3n, 4n, -1n, 2n ** 31n, 2n ** 62n]
const odd = [0, -0, 1e-45, 1, -1, 3e38, Number.NaN, Infinity]

/** All names of values, so that nodes may be connected in another way. */
const namesIn = (graph: Graph) => [
  ...graph.node.flatMap(({ input, output }) => [...input, ...output]),
  ...graph.initializer.map(({ name }) => name),
  ...['x', '', 'none'],
]

type Mutation = (graph: Graph, random: Random, model: Model) => void

const ofNode =
  (change: (node: Graph['node'][number], random: Random, graph: Graph) => void): Mutation =>
  (graph, random) => {
    if (graph.node.length > 0) change(random.pick(graph.node), random, graph)
  }
const ofTensor =
  (change: (tensor: Graph['initializer'][number], random: Random) => void): Mutation =>
  (graph, random) => {
    if (graph.initializer.length > 0) change(random.pick(graph.initializer), random)
  }

const mutations: Mutation[] = [
  ofNode((each, random, graph) => {
    if (each.input.length > 0) each.input[random.below(each.input.length)] = random.pick(namesIn(graph))
  }),
  ofNode((each, random, graph) => {
    each.output = [random.pick(namesIn(graph))]
  }),
  ofNode((each, random) => {
    each.opType = random.pick(operators)
  }),
  ofNode((each, random, graph) => {
    if (random.chance(0.5)) each.input.push(random.pick(namesIn(graph)))
    else each.input.pop()
  }),
  ofNode((each, random) => {
    const { attribute } = each
    const type = random.pick([1, 2, 7])
    const ints = random.list(random.below(3), () => BigInt(random.int(-2, 3)))
    const values = { i: BigInt(random.int(-2, 12)), f: random.pick([...odd, 0.5, 2]), ints }
    const any = modelOf({ nodes: [node('Any', [], 'any', { [random.pick(attributeNames)]: 1 })] })
    const [some] = parsed(any).graph?.node[0]?.attribute ?? []
    if (some !== undefined && random.chance(0.6)) attribute.push(Object.assign(some, { type, ...values }))
    else attribute.pop()
  }),
  ofNode((each, random, graph) => {
    graph.node.splice(random.below(graph.node.length + 1), 0, structuredClone(each))
  }),
  (graph, random) => {
    graph.node.splice(random.below(graph.node.length + 1), 1)
  },
  (graph, random) => {
    for (const output of graph.output) output.name = random.pick(namesIn(graph))
  },
  ofTensor((tensor, random) => {
    if (random.chance(0.5)) tensor.dims.reverse()
    else tensor.dims[random.below(3)] = random.pick(sizes)
    tensor.dims = Array.from(tensor.dims, (size) => size ?? 1n)
  }),
  ofTensor((tensor, random) => {
    tensor.dataType = random.int(0, 17)
  }),
  ofTensor((tensor, random) => {
    const bytes = Uint8Array.from(tensor.rawData)
    const at = 4 * random.below(Math.max(1, bytes.length / 4))
    if (bytes.length >= at + 4) new DataView(bytes.buffer).setFloat32(at, random.pick(odd), true)
    tensor.rawData = random.chance(0.8) ? bytes : bytes.subarray(0, random.below(bytes.length + 1))
  }),
  ofTensor((tensor, random) => {
    tensor.name = random.pick(['w0', 'b0', 'w1', '', 'x'])
  }),
  (_, random, model) => {
    for (const imported of model.opsetImport) imported.version = BigInt(random.int(-1, 30))
  },
]

/** The file with one fault, or some: in its messages, or in its bytes. */
function mutated(file: Uint8Array, random: Random): Uint8Array {
  const model = parsed(file)
  if (random.chance(0.9)) {
    for (let k = random.pick([1, 1, 2, 3]); k > 0; k--) random.pick(mutations)(model.graph as Graph, random, model)
  }
  const bytes = Buffer.from(written(model))
  if (random.chance(0.85)) return bytes
  const at = random.below(bytes.length)
  if (random.chance(0.3)) return bytes.subarray(0, at)
  bytes[at] = random.chance(0.5) ? random.below(256) : (bytes[at] as number) ^ (1 << random.below(8))
  return bytes
}

const codes = ['ERR_MODEL_FILE', 'ERR_UNSUPPORTED', 'ERR_MEMORY', 'ERR_NON_FINITE']

/** The work's result, or undefined where it is refused as files, or numbers that overflow, are. */
async function orRefused<T>(work: () => T | Promise<T>): Promise<T | undefined> {
  try {
    return await work()
  } catch (error) {
    const known = error instanceof PsilonError && codes.includes(error.code)
    if (known && error.message.length < 3000 && !/\p{Cc}/u.test(error.message)) return undefined
    throw error
  }
}

const x = [
  [1, 2, -1],
  [0.5, -3, 2],
  [0, 0, 0],
  [-1, 1.5, 4],
]

/** What the runtime gives for x; undefined where it refuses the model, or takes other rows. */
async function runtimeGives(bytes: Uint8Array): Promise<Record<string, Tensor> | undefined> {
  try {
    const model = await opened(bytes)
    const [input] = model.inputs
    if (input === undefined) return undefined
    const Data = { float32: Float32Array, float64: Float64Array }[input.type]
    if (Data === undefined) return undefined
    return await model.run({ [input.name]: { type: input.type, data: Data.from(x.flat()), dims: [x.length, 3] } })
  } catch {
    return undefined
  }
}

/** All that an output may have of the outputs z of a network. */
function formsOf({ data: z, shape: [, outputs] }: { data: ArrayLike<number>; shape: [number, number] }): number[][] {
  const all = Array.from(z)
  const sigmoid = all.map((value) => 1 / (1 + Math.exp(-value)))
  const softmax = all.map((value, k) => {
    const row = all.slice(k - (k % outputs), k - (k % outputs) + outputs)
    return 1 / row.reduce((sum, other) => sum + Math.exp(other - value), 0)
  })
  return [all, sigmoid, softmax, softmax.map(Math.log), sigmoid.flatMap((p) => [1 - p, p])]
}

const isClose = (a: number, b: number) => Math.abs(a - b) <= 1e-5 * Math.max(1, Math.abs(a), Math.abs(b))

/** Compares a network with what the runtime makes of its file. @returns whether there was anything to compare. */
async function compare(net: PsilonNet | PsilonResNet, bytes: Uint8Array): Promise<boolean> {
  const found = noRuntime ? undefined : await runtimeGives(bytes)
  if (found === undefined || net.config.inputs !== 3) return false
  const forms = await orRefused(() => formsOf(net.predictSync(x)))
  if (forms === undefined) return false
  for (const { type, data, dims } of Object.values(found)) {
    if (type !== 'float32' && type !== 'float64') continue
    const values = Array.from(data, Number)
    if (!values.every(Number.isFinite)) return false // what overflows there need not do so here
    const same = forms.some(
      (form) => form.length === values.length && form.every((v, k) => isClose(v, values[k] as number)),
    )
    if (!same) throw new Error(`the runtime gives [${dims}] ${values}, the network ${forms[0]}`)
  }
  return true
}

t.test('an odd ONNX file is refused, or is the network that a runtime executes', async (t) => {
  const counts = { refused: 0, compared: 0, other: 0 }
  await forSeeds(t, 1000, async (seed) => {
    const random = new Random(seed)
    const bytes = mutated(drawn(random), random)
    const net = await orRefused(() => importNetwork(bytes))
    if (net === undefined) {
      counts.refused++
      return
    }
    counts[(await compare(net, bytes)) ? 'compared' : 'other']++
    net.dispose()
  })
  const tried = counts.refused + counts.compared + counts.other
  t.ok(
    tried < 500 || (counts.refused > tried / 3 && (noRuntime || counts.compared > tried / 10)),
    JSON.stringify(counts),
  )
})
