import type { Floats, NativeData, NativeMean, NativeNetwork, NetworkConfig, Parameters } from '#psilon/core/native.js'
import type { NetworkKind } from '#psilon/words.js'
import { native } from '../addon/native.mjs'
import type { Evaluation, NativeObjective } from '../addon/types.js'

/** Numbers in [-1, 1) that depend on nothing but the seed. */
export function generator(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 31 - 1
  }
}

export interface Shape extends Partial<NetworkConfig> {
  kind?: NetworkKind
  width?: number
  depth?: number
}

export function configOf({ width = 4, depth = 2, ...rest }: Shape): NetworkConfig {
  const shared = rest.sharedLength ?? Array(depth).fill(true)
  return {
    kind: 'mlp',
    inputs: 3,
    hidden: Array(depth).fill(width),
    outputs: 2,
    normalization: 'l1',
    dtype: 'float64',
    pruned: false,
    ...rest,
    sharedLength: shared,
  }
}

/** Parameters without ties, zeros or lengths near 0, so that no derivative jumps close by. */
export function drawParameters(parameters: Parameters, next: () => number): Parameters {
  const draw = (name: string) => {
    const value = next()
    if (name.endsWith('.b')) return 0.5 * value
    const size = 0.3 + 0.9 * Math.abs(value)
    return next() < 0 ? -size : size
  }
  const entries = Object.entries(parameters).map(([name, { shape, data }]) => {
    const values = data.map(() => draw(name))
    return [name, { shape, data: values }] as const
  })
  return Object.fromEntries(entries)
}

export function drawNetwork(shape: Shape, seed = 1): NativeNetwork {
  const network = new native.Network(configOf(shape), 0)
  network.setParameters(drawParameters(network.parameters(), generator(seed)))
  return network
}

export function drawData(config: NetworkConfig, loss: NativeObjective['loss'], rows = 5, seed = 2): NativeData {
  const next = generator(seed)
  const make = (length: number, value: () => number) =>
    config.dtype === 'float64' ? Float64Array.from({ length }, value) : Float32Array.from({ length }, value)
  const target = {
    mse: next,
    huber: () => 3 * next(), // errors below and above 1
    bce: () => Number(next() > 0),
    softmax: () => Math.floor(((next() + 1) / 2) * config.outputs),
  }[loss]
  const x = make(rows * config.inputs, () => 2 * next())
  return { x, y: make(loss === 'softmax' ? rows : rows * config.outputs, target), weights: null, rows }
}

export const objective: NativeObjective = { loss: 'mse', regularizer: 'path-improved', lambda: 0.1, regWeight: 0.5 }

/** Every quantity of a network, its parameters replaced. */
export function evaluateAt(
  network: NativeNetwork,
  parameters: Parameters,
  data: NativeData,
  goal: NativeObjective,
  alpha: number,
): Evaluation {
  network.setParameters(parameters)
  return native.evaluate(network, data, goal, alpha, 1)
}

/** The rows of each layer's matrices: [layer][row][matrix]. */
export function rowsOf(weights: Parameters, letter: string): Float64Array[][][] {
  const layers: Float64Array[][][] = []
  for (const [name, { shape, data }] of Object.entries(weights)) {
    const [, layer = '', matrix = ''] = name.split('.')
    if (!matrix.startsWith(letter)) continue
    const [rows = 0, cols = 0] = shape
    layers[Number(layer)] ??= Array.from({ length: rows }, () => [])
    for (let i = 0; i < rows; i++)
      layers[Number(layer)]?.[i]?.push(Float64Array.from(data.subarray(i * cols, (i + 1) * cols)))
  }
  return layers
}

/** max_s |v_s|, elementwise. */
export function envelope(matrices: Float64Array[]): Float64Array {
  return Float64Array.from(matrices[0] ?? [], (_, j) => Math.max(...matrices.map((v) => Math.abs(v[j] ?? 0))))
}

export function sum(values: Iterable<number>): number {
  let total = 0
  for (const value of values) total += value
  return total
}

/** The mean of networks that take the same inputs. Not networks are handed over as they are, to be refused. */
export function meanOf(networks: readonly NativeNetwork[]): NativeMean {
  const [first] = networks
  return { networks, inputs: first?.config?.().inputs ?? 0, taken: null }
}

/** The outputs of rows x. */
export function predictRows(network: NativeNetwork, x: Floats, rows: number, threads: number): Floats {
  const count = rows * network.config().outputs
  const outputs = x instanceof Float64Array ? new Float64Array(count) : new Float32Array(count)
  network.predictSync(x, rows, threads, outputs)
  return outputs
}

/** Tolerances of native.certify: every input moves by the radius. */
export const allByOne = (x: Floats): Float64Array => new Float64Array(x.length).fill(1)
