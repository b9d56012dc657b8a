import { didYouMean, isObject, reading, show } from '../checks.js'
import { PsilonError } from '../errors.js'
import { type Floats, guard, type NetworkConfig, type Normalization, native, type Parameters } from '../native.js'
import { entriesOf, isArray, isFloat32Array, isFloat64Array, isFloats, isUnsteady } from '../realms.js'

/**
 * The shapes of a network's parameters by name, layer by layer (docs/method.md, sections 2 to 4): `layers.K.v`, or
 * `.vPos` and `.vNeg` behind a CReLU, [out, in]; the lengths `.g`, [1] or [out], unless nothing is normalised; the
 * biases `.b`, [out].
 */
export function parameterShapes(config: NetworkConfig): Map<string, readonly number[]> {
  const { kind, inputs, hidden, outputs, normalization, sharedLength } = config
  const shapes = new Map<string, readonly number[]>()
  const widths = [inputs, ...hidden, outputs]
  for (let k = 0; k <= hidden.length; k++) {
    const [columns, rows] = [widths[k] as number, widths[k + 1] as number]
    for (const v of matrixNames(kind, k)) shapes.set(`layers.${k}.${v}`, [rows, columns])
    if (normalization !== 'none') shapes.set(`layers.${k}.g`, [sharedLength[k] ? 1 : rows])
    shapes.set(`layers.${k}.b`, [rows])
  }
  return shapes
}

export function countParameters(config: NetworkConfig): number {
  let count = 0
  for (const shape of parameterShapes(config).values()) count += product(shape)
  return count
}

/** @throws PsilonError ERR_SHAPE unless these are exactly the names and shapes of the network. */
export function checkShapes(
  operation: string,
  given: ReadonlyMap<string, { shape: readonly number[] }>,
  config: NetworkConfig,
): void {
  const expected = parameterShapes(config)
  for (const name of given.keys()) {
    if (expected.has(name)) continue
    throw new PsilonError(
      'ERR_SHAPE',
      `[${operation}] unknown parameter ${show(name)}${didYouMean(name, [...expected.keys()])}`,
    )
  }
  for (const [name, shape] of expected) {
    const found = given.get(name)?.shape
    if (found === undefined) throw new PsilonError('ERR_SHAPE', `[${operation}] parameter "${name}" is missing`)
    if (found.length === shape.length && found.every((size, k) => size === shape[k])) continue
    const message = `parameter "${name}" has shape [${found.slice(0, 8).join(', ')}], the network has [${shape.join(', ')}]`
    throw new PsilonError('ERR_SHAPE', `[${operation}] ${message}`)
  }
}

/**
 * The parameters in the network's dtype.
 *
 * @throws PsilonError ERR_SHAPE for other names or shapes, ERR_DATA for values that are not finite, or a normalised row
 * that is all zero, too small or too large.
 */
export function checkParameters(operation: string, given: unknown, config: NetworkConfig): Parameters {
  if (!isObject(given)) {
    throw new PsilonError('ERR_DATA', `[${operation}] parameters must be an object of tensors, got ${show(given)}`)
  }
  const tensors = reading('ERR_DATA', operation, 'parameters', () => {
    return new Map(Object.entries(given).map(([name, tensor]) => [name, checkTensor(operation, name, tensor)]))
  })
  checkShapes(operation, tensors, config)
  const parameters: Parameters = {}
  for (const [name, { shape, data }] of tensors)
    parameters[name] = { shape, data: finite(operation, name, data, config) }
  guard(checkParameters, () => native.checkParameters(config, parameters), operation)
  return parameters
}

function checkTensor(operation: string, name: string, tensor: unknown): { shape: number[]; data: Floats } {
  const { shape, data } = isObject(tensor) ? tensor : {}
  if (isFloats(data) && isArray(shape)) {
    const sizes = entriesOf(shape, 9) as number[]
    if (sizes.every(Number.isSafeInteger) && data.length === product(sizes)) return { shape: sizes, data }
  }
  const message = `parameter ${show(name)} must be { shape, data } with as many numbers in a typed array of floats`
  throw new PsilonError('ERR_DATA', `[${operation}] ${message}`)
}

/** In the network's dtype; what has that already is checked by the core. */
function finite(operation: string, name: string, data: Floats, { dtype }: NetworkConfig): Floats {
  const [Wanted, isWanted] = dtype === 'float32' ? [Float32Array, isFloat32Array] : [Float64Array, isFloat64Array]
  const values: Floats = isWanted(data) && !isUnsteady(data) ? data : new Wanted(data)
  if (values === data) return values
  const at = values.findIndex((value) => !Number.isFinite(value))
  if (at < 0) return values
  throw new PsilonError(
    'ERR_DATA',
    `[${operation}] parameter "${name}" has ${data[at]} at ${at}, expected finite ${dtype} numbers`,
  )
}

/** Norm of max_s |v_s|, scaled inside; Infinity where that is beyond a double. */
export function envelopeNorm([first, ...others]: readonly Floats[], normalization: Normalization): number {
  const envelope = Float64Array.from(first, (value, j) =>
    others.reduce((most, v) => Math.max(most, Math.abs(v[j] as number)), Math.abs(value)),
  )
  const largest = envelope.reduce((most, value) => Math.max(most, value), 0)
  if (largest === 0) return 0
  const power = normalization === 'l2' ? 2 : 1
  return largest * envelope.reduce((sum, value) => sum + (value / largest) ** power, 0) ** (1 / power)
}

export function rowOf({ shape: [, columns = 0], data }: Parameters[string], i: number): Floats {
  return data.subarray(i * columns, (i + 1) * columns)
}

/** The weights of layer k, two behind a CReLU. */
export const matrixNames = (kind: NetworkConfig['kind'], k: number) =>
  kind === 'resnet' && k > 0 ? ['vPos', 'vNeg'] : ['v']

const product = (shape: readonly number[]) => shape.reduce((size, length) => size * length, 1)
