import { range } from 'd3-array'
import type { Floats, NetworkConfig, Parameters } from '../core/native.js'
import type { Exportable } from '../export/exported-code.js'
import {
  type ExportedBounds,
  type ExportedLayer,
  type ExportedModel,
  exampleOutputs,
} from '../export/exported-model.js'
import type { RoundedFormat } from '../export/weights/formats.js'
import { roundedLayer } from '../export/weights/rounded-layers.js'
import { type Loss, lossTraits } from '../words.js'
import { Blueprint } from './blueprint.js'
import type { Bounded } from './bounds.js'
import { parameterShapes } from './parameters.js'
import { rowNorms } from './row-norms.js'

interface Computes {
  readonly config: NetworkConfig
  readonly parameters: Parameters
  readonly loss: Loss | null
  predictSync(x: { data: Floats; shape: readonly number[] }): { data: Floats }
}

const examples = 4

/** A network without a table as what it computes. */
function exportedNetwork(network: Computes): ExportedModel {
  const { config, parameters, loss } = network
  const { inputs, outputs, dtype } = config
  const link = loss === null ? 'none' : lossTraits[loss].link
  return {
    ...{ columns: null, inputs, dtype, answer: { kind: 'outputs', outputs, link } },
    members: [{ takes: null, layers: exportedLayers(config, parameters) }],
    get examples() {
      return range(examples).map((i) => {
        const row = range(inputs).map((j) => ((7 * i + 3 * j) % 11) / 2 - 2.5)
        const { data } = network.predictSync({ data: Float64Array.from(row), shape: [1, inputs] })
        return { row, outputs: exampleOutputs(data, dtype) }
      })
    },
  }
}

/** What is known about a network everywhere, with the bound that its methods take by default. */
function networkBounds(network: Bounded): ExportedBounds {
  const influence = Array.from(network.influence())
  return { pathNorm: network.pathNorm(), lipschitz: network.lipschitz(), influence }
}

/** A network from which code is written. @param rounded makes one of the same kind. */
export function exportableNetwork<Network extends Computes & Bounded>(
  network: Network,
  rounded: (format: RoundedFormat) => Network & { dispose(): void },
): Exportable {
  const source = (own: Network) => ({ model: () => exportedNetwork(own), bounds: () => networkBounds(own) })
  return {
    ...source(network),
    rounded(format) {
      const own = rounded(format)
      return { ...source(own), dispose: () => own.dispose() }
    },
    box: () => range(network.config.inputs).map(() => ({ lower: -1, upper: 1 })),
  }
}

/** The layers of a network as what they compute (docs/method.md, sections 2 to 4). */
export function exportedLayers(config: NetworkConfig, parameters: Parameters): ExportedLayer[] {
  const { kind, inputs, hidden, outputs } = config
  const widths = [inputs, ...hidden, outputs]
  return widths.slice(1).map((rows, k): ExportedLayer => {
    const of = (name: string) => parameters[`layers.${k}.${name}`]?.data
    const behind = kind === 'resnet' && k > 0
    const matrices = behind ? [of('vPos'), of('vNeg')] : [of('v')]
    return {
      activation: k === 0 ? 'identity' : behind ? 'crelu' : 'relu',
      residual: behind && k < hidden.length,
      ...{ rows, columns: widths[k], matrices },
      scales: scalesOf(config, matrices, of('g'), rows),
      biases: of('b'),
    }
  })
}

/** g_i / n_i, where n_i is the norm of the envelope of row i; 1 without normalisation. */
function scalesOf(
  { normalization }: NetworkConfig,
  matrices: readonly Floats[],
  lengths: Floats | undefined,
  rows: number,
): Float64Array {
  if (normalization === 'none' || lengths === undefined) return new Float64Array(rows).fill(1)
  const norms = rowNorms(matrices, rows, normalization)
  return norms.map((norm, i) => lengths[lengths.length === 1 ? 0 : i] / norm)
}

/** The network whose weights in use, and biases, are the nearest numbers of a format. @throws Refusal ERR_UNSUPPORTED. */
export function roundedBlueprint(
  { config, seed, loss, parameters }: Pick<Computes, 'config' | 'loss' | 'parameters'> & { readonly seed: number },
  format: RoundedFormat,
): Blueprint {
  const sharedLength = config.hidden.map(() => false)
  const rounded: NetworkConfig = { ...config, normalization: 'none', sharedLength, pruned: false }
  const Floats = config.dtype === 'float32' ? Float32Array : Float64Array
  const data = exportedLayers(config, parameters).flatMap((layer) => {
    const { matrices, biases } = roundedLayer(layer, format)
    return [...matrices, biases]
  })
  const tensors = [...parameterShapes(rounded)].map(([name, shape], k) => {
    return [name, { data: Floats.from(data[k]), shape: [...shape] }]
  })
  return new Blueprint(rounded, seed, loss, Object.fromEntries(tensors))
}
