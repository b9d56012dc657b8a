import type { NetworkConfig, Parameters } from '#psilon/core/native.js'
import { type Weights, weightsInUse } from '../support/path-vectors.js'

/** z = straight y + bent relu(y) + bias, row by row; the first layer has no `bent`. */
export interface ReluLayer {
  straight: number[][]
  bent: number[][]
  bias: number[]
}

interface NetworkLike {
  config: NetworkConfig
  parameters: Parameters
}

/** The layers of a network in plain numbers, from the definitions of docs/method.md alone. */
export function reluLayers(network: NetworkLike): ReluLayer[] {
  const { config, parameters } = network
  const weights: Weights = { config, parameters }
  return Array.from({ length: config.hidden.length + 1 }, (_, k) => {
    const [positive, negative] = weightsInUse(weights, k).map(({ data, rows, columns }) =>
      Array.from({ length: rows }, (_, i) => Array.from(data.subarray(i * columns, (i + 1) * columns))),
    ) as [number[][], number[][] | undefined]
    const bias = Array.from((parameters[`layers.${k}.b`] as Parameters[string]).data)
    const zeros = positive.map((row) => row.map(() => 0))
    if (k === 0) return { straight: positive, bent: zeros, bias }
    if (negative === undefined) return { straight: zeros, bent: positive, bias }
    const residual = k < config.hidden.length ? 1 : 0
    const straight = negative.map((row, i) => row.map((w, j) => w + (i === j ? residual : 0)))
    const bent = positive.map((row, i) => row.map((w, j) => w - ((negative[i] as number[])[j] as number)))
    return { straight, bent, bias }
  })
}

/** The margins of class c over every other, as coefficients of the outputs. */
export function marginsOf(c: number, outputs: number): number[][] {
  if (outputs === 1) return [[c === 1 ? 1 : -1]]
  const others = Array.from({ length: outputs }, (_, k) => k).filter((k) => k !== c)
  return others.map((other) => Array.from({ length: outputs }, (_, k) => Number(k === c) - Number(k === other)))
}

export const dot = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, value, j) => sum + value * (b[j] as number), 0)
