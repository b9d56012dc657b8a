import { max, range } from 'd3-array'
import type { NetworkConfig, Parameters, Tensor } from '../core/native.js'
import { runOperation } from '../errors/operation.js'
import { option, Refusal, words } from '../errors/refusal.js'
import { readParameters } from '../import/parameter-file.js'
import type { FileOrBytes } from '../io/random-access.js'
import { oneOf } from '../options/kinds.js'
import { checkOptions, type Declarations } from '../options/option.js'
import { type Loss, losses, lossTraits, type Normalization, normalizations } from '../words.js'
import { Blueprint, networkBlueprint } from './blueprint.js'
import { inFile } from './model-file.js'
import { networkFrom, type PsilonNet, type PsilonResNet } from './network.js'
import { networkOptions } from './options.js'
import { parametersOf, tensorsOf } from './parameters.js'
import { rowNorms } from './row-norms.js'

/** What the parameters of a network do not say. */
export interface ImportOptions {
  /**
   * How rows are normalised. Without lengths layers.K.g, 'l1' and 'l2' take the norms of the rows as lengths: the network gives the
   * same outputs, to rounding, and can be pruned. Default 'l1' if there are lengths, else 'none'.
   */
  normalization?: Normalization | undefined
  /**
   * The loss it was trained with, which makes outputs probabilities. Default by Softmax or Sigmoid at the end of an ONNX
   * model, else none.
   */
  loss?: Loss | undefined
}

export const importOptions = {
  normalization: {
    kind: oneOf(normalizations),
    otherwise: "'l1' if there are lengths, else 'none'",
    sentence:
      "How rows are normalised. Without lengths layers.K.g, 'l1' and 'l2' take the norms of the rows as lengths: the network gives the same outputs, to rounding, and can be pruned.",
    flag: networkOptions.normalization.flag,
  },
  loss: {
    kind: oneOf(losses),
    otherwise: 'by Softmax or Sigmoid at the end of an ONNX model, else none',
    sentence: 'The loss it was trained with, which makes outputs probabilities.',
    flag: '--loss <loss>',
  },
} satisfies Declarations<ImportOptions>

/**
 * A network with these parameters, which may have been trained elsewhere: `layers.K.v` [out, in] and `layers.K.b` [out] of
 * each layer, and its lengths `layers.K.g`, [1] or [out], if rows are normalised. With `vPos` and `vNeg` instead of `v`
 * from layer 1 on, it is a PsilonResNet (docs/deploy.md).
 *
 * @throws PsilonError ERR_SHAPE for names or shapes that are not those of a network, ERR_DATA for values that are not
 * finite or a row that cannot be normalised, ERR_OPTION, ERR_MEMORY.
 */
export function fromParameters(
  parameters: Readonly<Record<string, Tensor>>,
  options: ImportOptions = {},
): PsilonNet | PsilonResNet {
  return runOperation('fromParameters', fromParameters, () => {
    const checked = checkOptions(importOptions, options)
    return networkOf(tensorsOf(parameters), checked)
  })
}

/**
 * A network that was trained elsewhere, from an ONNX file, such as PyTorch, scikit-learn and Keras write, or from a
 * safetensors file of its parameters (docs/deploy.md). An ONNX model is a chain of Gemm, or MatMul and Add, with Relu
 * between them.
 *
 * @param source the path or the URL of the file, or its bytes.
 * @throws PsilonError ERR_FILE if it cannot be read, ERR_MODEL_FILE if it is not valid, ERR_UNSUPPORTED for an ONNX model
 * of another kind, ERR_OPTION, ERR_MEMORY.
 */
export function importNetwork(source: FileOrBytes, options: ImportOptions = {}): Promise<PsilonNet | PsilonResNet> {
  return runOperation('importNetwork', importNetwork, async () => {
    const checked = checkOptions(importOptions, options)
    const { name, tensors, loss } = await readParameters(source)
    return inFile(name, () => networkOf(tensors, { ...(loss !== null && { loss }), ...checked }))
  })
}

/** @param options checked. */
function networkOf(tensors: ReadonlyMap<string, Tensor>, options: ImportOptions): PsilonNet | PsilonResNet {
  const hasLengths = [...tensors.keys()].some((name) => /^layers\.\d+\.g$/.test(name))
  const { normalization = hasLengths ? 'l1' : 'none', loss } = options
  const config = configOf(tensors, normalization)
  if (loss !== undefined && lossTraits[loss].targets === 'class' && config.outputs < 2) {
    throw new Refusal('ERR_OPTION', words`${option('loss')} is '${loss}', the network has one output`)
  }
  const parameters =
    normalization === 'none' || hasLengths
      ? parametersOf(tensors, config)
      : withLengths(tensors, { ...config, normalization })
  return networkFrom(new Blueprint(config, networkOptions.seed.default, loss ?? null, parameters))
}

/** Each row v gets its norm as its length, so that g v / |v| is v. A row of zeros gets the length 0 and some direction. */
function withLengths(
  tensors: ReadonlyMap<string, Tensor>,
  config: NetworkConfig & { normalization: Exclude<Normalization, 'none'> },
): Parameters {
  const plain = parametersOf(tensors, { ...config, normalization: 'none' })
  const added = range(config.hidden.length + 1).flatMap((k): [string, Tensor][] => {
    const names = ['v', 'vPos', 'vNeg'].map((matrix) => `layers.${k}.${matrix}`).filter((name) => name in plain)
    const { shape, data } = plain[names[0]]
    const norms = rowNorms(
      names.map((name) => plain[name].data),
      shape[0],
      config.normalization,
    )
    const directed = data.slice()
    norms.forEach((norm, i) => {
      if (norm === 0) directed[i * shape[1]] = 1
    })
    return [
      [names[0], { shape, data: directed }],
      [`layers.${k}.g`, { shape: [shape[0]], data: norms }],
    ]
  })
  return parametersOf(new Map([...Object.entries(plain), ...added]), config)
}

/** The configuration that the shapes of the parameters show. Their names are checked later. */
function configOf(tensors: ReadonlyMap<string, Tensor>, normalization: Normalization): NetworkConfig {
  const last = max(tensors.keys(), (name) => Number(/^layers\.(\d{1,6})\.v/.exec(name)?.[1] ?? -1)) ?? -1
  if (last < 1) {
    const found = last < 0 ? 'no parameter "layers.0.v"' : 'one layer alone'
    throw new Refusal('ERR_SHAPE', `parameters have ${found}, expected two layers at least`)
  }
  const residual = tensors.has('layers.1.vPos')
  const shapes = range(last + 1).map((k) => matrixShape(tensors, `layers.${k}.${residual && k > 0 ? 'vPos' : 'v'}`))
  const hidden = shapes.slice(0, -1).map(([rows]) => rows)
  const [first] = tensors.values()
  const shared = hidden.map((_, k) => tensors.get(`layers.${k}.g`)?.data.length === 1)
  return networkBlueprint(residual ? 'resnet' : 'mlp', {
    ...(residual ? { hidden: hidden[0], depth: hidden.length } : { hidden }),
    ...{ inputs: shapes[0][1], outputs: shapes[last][0], normalization },
    ...(normalization !== 'none' && { sharedLength: shared }),
    dtype: first.data.BYTES_PER_ELEMENT === 4 ? 'float32' : 'float64',
  }).config
}

function matrixShape(tensors: ReadonlyMap<string, Tensor>, name: string): [rows: number, columns: number] {
  const tensor = tensors.get(name)
  if (tensor === undefined) throw new Refusal('ERR_SHAPE', `parameter "${name}" is missing`)
  const { shape } = tensor
  if (shape.length === 2 && shape.every((size) => size > 0)) return [shape[0], shape[1]]
  throw new Refusal('ERR_SHAPE', `parameter "${name}" has shape [${shape.slice(0, 8).join(', ')}], expected [out, in]`)
}
