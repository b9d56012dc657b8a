import type { Dtype } from '../../words.js'
import type { StoredLayer, StoredMember } from '../stored-layers.js'
import { unitOf, type WeightFormat } from '../weights/formats.js'
import { packBits, packNumbers } from '../weights/packed.js'
import { shortSingle } from '../weights/short-single.js'

/** How the networks of a module are written. */
interface Form {
  dtype: Dtype
  weights: WeightFormat
  /** Whether there are several networks, or one that does not take all inputs. */
  isAverage: boolean
  hasCrelu: boolean
}

/** The networks of an exported JavaScript module: their weights as constants, and the functions that compute them. */
export function networkParts(members: readonly StoredMember[], dtype: Dtype, weights: WeightFormat): string[] {
  const layers = members.flatMap((member) => member.layers)
  const isAverage = members.length > 1 || members[0].takes !== null
  const form = { dtype, weights, isAverage, hasCrelu: layers.some(({ crelu }) => crelu) }
  return [
    weightConstants(members, form),
    numbersPart(members, form),
    unpackPart(form),
    layerPart(form),
    isAverage ? averagePart(layers[layers.length - 1].rows) : outputsPart,
  ]
}

function weightConstants(members: readonly StoredMember[], form: Form): string {
  const names = shapeNames(form)
  const shapes = members.map(({ takes, layers }) => ({
    ...(takes && { takes }),
    layers: layers.map((layer) => names.map((name) => shapeOf(layer)[name])),
  }))
  return `/** Of each layer: ${names.join(', ')}. */
const shapes = ${JSON.stringify(form.isAverage ? shapes : shapes[0].layers)}
/** A bit for each weight, whether it is not 0; then the weights of each row that are not 0, and its bias. */
const packed =
  '${Buffer.concat([packBits(members), bytesOf(arrayOf(form).from(packNumbers(members, form.weights)))]).toString('base64')}'`
}

const shapeOf = ({ rows, terms, relu, crelu, residual, weights, biases }: StoredLayer) => ({
  ...{ rows, terms, relu: Number(relu), crelu: Number(crelu), residual: Number(residual) },
  ...{ unit: shortSingle(unitOf(weights)), biasUnit: shortSingle(unitOf(biases)) },
})

const shapeNames = ({ weights, hasCrelu }: Form) => [
  ...(['rows', 'terms', 'relu'] as const),
  ...(hasCrelu ? (['crelu', 'residual'] as const) : []),
  ...(weights === 'int8' ? (['unit', 'biasUnit'] as const) : []),
]

const arrayOf = ({ dtype, weights }: Form) =>
  weights === 'int8'
    ? Int8Array
    : weights === 'float16'
      ? Uint16Array
      : dtype === 'float32'
        ? Float32Array
        : Float64Array

const bytesOf = ({ buffer, byteLength }: ArrayBufferView) => new Uint8Array(buffer, 0, byteLength)

function numbersPart(members: readonly StoredMember[], form: Form): string {
  const stored = `new ${arrayOf(form).name}(bytes.slice(${packBits(members).length}).buffer)`
  const bytes = 'const bytes = Uint8Array.from(atob(packed), (mark) => mark.charCodeAt(0))'
  if (form.weights !== 'float16') return `${bytes}\nconst numbers = ${stored}`
  return `/** The float16 with these bits. */
function halfOf(code) {
  const [exponent, fraction] = [(code >> 10) & 31, code & 1023]
  const size = exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25)
  return code & 0x8000 ? -size : size
}

${bytes}
const numbers = Array.from(${stored}, halfOf)`
}

function unpackPart(form: Form): string {
  const { weights, isAverage, hasCrelu } = form
  const scaled = (unit: string) => `${weights === 'int8' ? `Math.fround(${unit}) * ` : ''}numbers[number++]`
  const layers = isAverage
    ? `const networks = shapes.map(({ takes, layers }) => ({ takes, layers: layers.map(unpack) }))`
    : `const layers = shapes.map(unpack)`
  return `let [bit, number] = [0, 0]

/** The next layer, with the weights of row i from starts[i] to starts[i + 1]. */
function unpack([${shapeNames(form).join(', ')}]) {
  const [starts, places, weights, biases] = [[0], [], [], []]
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < terms; j++, bit++) {
      if (((bytes[bit >> 3] >> (bit & 7)) & 1) === 0) continue
      places.push(j)
      weights.push(${scaled('unit')})
    }
    starts.push(places.length)
    biases.push(${scaled('biasUnit')})
  }
  return {
    relu,${hasCrelu ? '\n    crelu,\n    residual,\n    parts: new Float64Array(terms),' : ''}
    starts: Int32Array.from(starts),
    places: Int32Array.from(places),
    weights: Float64Array.from(weights),
    biases,
    z: new Float64Array(rows),
  }
}

${layers}`
}

/** With CReLU a layer reads max(y, 0) and min(y, 0). */
function layerPart({ hasCrelu }: Form): string {
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
