import { sum } from 'd3-array'
import { didYouMean, isObject, reading, show } from '../checks.js'
import { type Floats, guard, type NetworkConfig, native, type Parameters, type Tensor } from '../core/native.js'
import { Refusal } from '../errors/refusal.js'
import { entriesOf, isArray, isFloat32Array, isFloat64Array, isFloats, isUnsteady } from '../realms.js'

/**
 * The shapes of a network's parameters by name, layer by layer (docs/method.md, sections 2 to 4): `layers.K.v`, or
 * `.vPos` and `.vNeg` behind a CReLU, [out, in]; the lengths `.g`, [1] or [out], unless normalization is 'none'; the
 * biases `.b`, [out].
 */
export function parameterShapes(config: NetworkConfig): Map<string, readonly number[]> {
  const { kind, inputs, hidden, outputs, normalization, sharedLength } = config
  const shapes = new Map<string, readonly number[]>()
  const widths = [inputs, ...hidden, outputs]
  for (let k = 0; k <= hidden.length; k++) {
    const [columns, rows] = [widths[k], widths[k + 1]]
    const matrices = kind === 'resnet' && k > 0 ? ['vPos', 'vNeg'] : ['v'] // two behind a CReLU
    for (const v of matrices) shapes.set(`layers.${k}.${v}`, [rows, columns])
    if (normalization !== 'none') shapes.set(`layers.${k}.g`, [sharedLength[k] ? 1 : rows])
    shapes.set(`layers.${k}.b`, [rows])
  }
  return shapes
}

export function countParameters(config: NetworkConfig): number {
  return sum(parameterShapes(config).values(), product)
}

export function parametersOfLayer(config: NetworkConfig, k: number): number {
  return sum(parameterShapes(config), ([name, shape]) => (name.startsWith(`layers.${k}.`) ? product(shape) : 0))
}

/** Weights that are not zero, without lengths and biases. @param layers the share of zeros of each. */
export function countNonzero(config: NetworkConfig, layers: readonly { exact: number }[]): number {
  const shapes = [...parameterShapes(config)]
  return sum(layers, ({ exact }, k) => {
    const matrices = shapes.filter(([name]) => name.startsWith(`layers.${k}.v`))
    return Math.round((1 - exact) * sum(matrices, ([, shape]) => product(shape)))
  })
}

/** @throws Refusal ERR_SHAPE unless these are exactly the names and shapes of the network. */
export function checkShapes(given: ReadonlyMap<string, { shape: readonly number[] }>, config: NetworkConfig): void {
  const expected = parameterShapes(config)
  for (const name of given.keys()) {
    if (expected.has(name)) continue
    throw new Refusal('ERR_SHAPE', `unknown parameter ${show(name)}${didYouMean(name, [...expected.keys()])}`)
  }
  for (const [name, shape] of expected) {
    const found = given.get(name)?.shape
    if (found === undefined) throw new Refusal('ERR_SHAPE', `parameter "${name}" is missing`)
    if (found.length === shape.length && found.every((size, k) => size === shape[k])) continue
    const message = `parameter "${name}" has shape [${found.slice(0, 8).join(', ')}], the network has [${shape.join(', ')}]`
    throw new Refusal('ERR_SHAPE', message)
  }
}

/**
 * The parameters in the network's dtype.
 *
 * @throws Refusal ERR_SHAPE for other names or shapes, ERR_DATA for values that are not finite, or a normalised row
 * that is all zero, too small or too large.
 */
export function checkParameters(given: unknown, config: NetworkConfig): Parameters {
  return parametersOf(tensorsOf(given), config)
}

/** Tensors by their names, each read once. @throws Refusal ERR_DATA for anything else. */
export function tensorsOf(given: unknown): Map<string, Tensor> {
  if (!isObject(given)) throw new Refusal('ERR_DATA', `parameters must be an object of tensors, got ${show(given)}`)
  return reading('ERR_DATA', 'parameters', () => {
    return new Map(Object.entries(given).map(([name, tensor]) => [name, checkTensor(name, tensor)]))
  })
}

/** As checkParameters. */
export function parametersOf(tensors: ReadonlyMap<string, Tensor>, config: NetworkConfig): Parameters {
  checkShapes(tensors, config)
  const parameters: Parameters = {}
  for (const [name, { shape, data }] of tensors) parameters[name] = { shape, data: finite(name, data, config) }
  guard(() => native.checkParameters(config, parameters))
  return parameters
}

function checkTensor(name: string, tensor: unknown): Tensor {
  const { shape, data } = isObject(tensor) ? tensor : {}
  if (isFloats(data) && isArray(shape)) {
    const sizes = entriesOf(shape, 9) as number[]
    if (sizes.every(Number.isSafeInteger) && data.length === product(sizes)) return { shape: sizes, data }
  }
  const message = `parameter ${show(name)} must be { shape, data } with as many numbers in a typed array of floats`
  throw new Refusal('ERR_DATA', message)
}

/** Numbers in the network's dtype; the core checks those that have it already. */
function finite(name: string, data: Floats, { dtype }: NetworkConfig): Floats {
  const [Wanted, isWanted] = dtype === 'float32' ? [Float32Array, isFloat32Array] : [Float64Array, isFloat64Array]
  const values: Floats = isWanted(data) && !isUnsteady(data) ? data : new Wanted(data)
  if (values === data) return values
  const at = values.findIndex((value) => !Number.isFinite(value))
  if (at < 0) return values
  throw new Refusal('ERR_DATA', `parameter "${name}" has ${data[at]} at ${at}, expected finite ${dtype} numbers`)
}

const product = (shape: readonly number[]) => shape.reduce((size, length) => size * length, 1)
