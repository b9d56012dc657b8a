import type { Dtype } from '../words.js'
import { packBits, packNumbers } from './packed-weights.js'
import type { StoredLayer, StoredMember } from './stored-layers.js'

/** The networks of an exported JavaScript module: their weights as constants, and the functions that compute them. */
export function networkParts(members: readonly StoredMember[], dtype: Dtype): string[] {
  const layers = members.flatMap((member) => member.layers)
  const isAverage = members.length > 1 || members[0].takes !== null
  const hasCrelu = layers.some(({ crelu }) => crelu)
  return [
    weightConstants(members, isAverage, dtype),
    unpackPart({ isAverage, hasCrelu }, dtype),
    layerPart(hasCrelu),
    isAverage ? averagePart(layers[layers.length - 1].rows) : outputsPart,
  ]
}

function weightConstants(members: readonly StoredMember[], isAverage: boolean, dtype: Dtype): string {
  const Floats = dtype === 'float32' ? Float32Array : Float64Array
  const shapes = members.map(({ takes, layers }) => ({ ...(takes && { takes }), layers: layers.map(shapeOf) }))
  return `const shapes = ${JSON.stringify(isAverage ? shapes : shapes[0].layers)}
/** A bit for each weight: whether it is not 0. */
const packedBits =
  '${base64(packBits(members))}'
/** The weights of each row that are not 0, and its bias. */
const packedNumbers =
  '${base64(Floats.from(packNumbers(members)))}'`
}

/** Flags that are false are left out. */
const shapeOf = ({ rows, terms, crelu, residual, relu }: StoredLayer) => ({
  ...{ rows, terms },
  ...(crelu && { crelu }),
  ...(residual && { residual }),
  ...(relu && { relu }),
})

const base64 = ({ buffer, byteLength }: Uint8Array | Float32Array | Float64Array) =>
  Buffer.from(buffer as ArrayBuffer, 0, byteLength).toString('base64')

function unpackPart({ isAverage, hasCrelu }: { isAverage: boolean; hasCrelu: boolean }, dtype: Dtype): string {
  const Floats = dtype === 'float32' ? 'Float32Array' : 'Float64Array'
  const layers = isAverage ? 'networks' : 'layers'
  const unpacked = isAverage
    ? `shapes.map(({ takes, layers }) => ({ takes, layers: layers.map(unpack) }))`
    : `shapes.map(unpack)`
  return `const bytesOf = (text) => Uint8Array.from(atob(text), (mark) => mark.charCodeAt(0))
const bits = bytesOf(packedBits)
const numbers = new ${Floats}(bytesOf(packedNumbers).buffer)
let [bit, number] = [0, 0]

/** The next layer, with the weights of row i from starts[i] to starts[i + 1]. */
function unpack({ rows, terms, ...kind }) {
  const [starts, places, weights, biases] = [[0], [], [], []]
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < terms; j++, bit++) {
      if (((bits[bit >> 3] >> (bit & 7)) & 1) === 0) continue
      places.push(j)
      weights.push(numbers[number++])
    }
    starts.push(places.length)
    biases.push(numbers[number++])
  }
  return {
    ...kind,
    starts: Int32Array.from(starts),
    places: Int32Array.from(places),
    weights: Float64Array.from(weights),
    biases,${hasCrelu ? '\n    parts: new Float64Array(terms),' : ''}
    z: new Float64Array(rows),
  }
}

const ${layers} = ${unpacked}`
}

/** With CReLU a layer reads max(y, 0) and min(y, 0). */
function layerPart(hasCrelu: boolean): string {
  const sum = `    for (let k = starts[i]; k < starts[i + 1]; k++) sum += weights[k] * `
  if (!hasCrelu) {
    return `/** z = W y + b; of a hidden layer max(z, 0). */
function outputsOfLayer({ relu, starts, places, weights, biases, z }, y) {
  for (let i = 0; i < z.length; i++) {
    let sum = biases[i]
${sum}y[places[k]]
    z[i] = relu ? Math.max(sum, 0) : sum
  }
  return z
}`
  }
  return `/** z = W+ max(y, 0) + W- min(y, 0) + b, of the first layer W y + b; y more in a residual layer. */
function outputsOfLayer({ relu, crelu, residual, starts, places, weights, biases, parts, z }, y) {
  for (let j = 0; crelu && j < y.length; j++) {
    parts[j] = Math.max(y[j], 0)
    parts[y.length + j] = Math.min(y[j], 0)
  }
  const a = crelu ? parts : y
  for (let i = 0; i < z.length; i++) {
    let sum = biases[i] + (residual ? y[i] : 0)
${sum}a[places[k]]
    z[i] = relu ? Math.max(sum, 0) : sum
  }
  return z
}`
}

const checked = `  for (let j = 0; j < x.length; j++) if (!Number.isFinite(x[j])) throw new RangeError('a number of the row is too large')`

const outputsPart = `function outputsOf(x) {
${checked}
  let y = x
  for (const layer of layers) y = outputsOfLayer(layer, y)
  return [...y]
}`

const averagePart = (outputs: number) => `/** The mean of the networks' outputs. */
function outputsOf(x) {
${checked}
  const outputs = new Array(${outputs}).fill(0)
  for (const { takes, layers } of networks) {
    let y = takes === undefined ? x : takes.map((j) => x[j])
    for (const layer of layers) y = outputsOfLayer(layer, y)
    for (let i = 0; i < outputs.length; i++) outputs[i] += y[i] / networks.length
  }
  return outputs
}`
