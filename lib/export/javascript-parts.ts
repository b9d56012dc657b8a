import type { EncodingName } from '../data/encodings/encodings.js'

/** Functions of an exported JavaScript module, as texts. They read the constants that javascript.ts writes above them. */

/** From a value and what an encoding has learned to its inputs. */
export const encodingParts: Record<EncodingName, string> = {
  standard: `  standard: ({ mean, deviation }, value) => [(value - mean) / deviation],`,
  asinh: `  asinh: ({ center, scale, mean, deviation }, value) => [(Math.asinh((value - center) / scale) - mean) / deviation],`,
  robust: `  robust({ center, scale, mean, deviation }, value) {
    const z = (value - center) / scale
    const clipped = Math.abs(z) <= 3 ? z / Math.sqrt(1 + (z / 3) ** 2) : (Math.sign(z) * 3) / Math.sqrt(1 + (3 / z) ** 2)
    return [(clipped - mean) / deviation]
  },`,
  'rank-normal': `  'rank-normal'({ knots, quantiles, spread, mean, deviation }, value) {
    const last = knots.length - 1
    const step = (k) => (knots[k + 1] - knots[k]) / (quantiles[k + 1] - quantiles[k])
    let rank
    if (value < knots[0]) rank = quantiles[0] - (knots[0] - value) / Math.max(step(0), spread)
    else if (value >= knots[last]) rank = quantiles[last] + (value - knots[last]) / Math.max(step(last - 1), spread)
    else {
      const k = knots.findIndex((knot) => knot > value) - 1
      rank = quantiles[k] + ((value - knots[k]) / (knots[k + 1] - knots[k])) * (quantiles[k + 1] - quantiles[k])
    }
    return [(rank - mean) / deviation]
  },`,
  'piecewise-linear': `  'piecewise-linear': ({ edges }, value) =>
    edges.slice(1).map((high, t) => Math.min(1, Math.max(0, (value - edges[t]) / (high - edges[t])))),`,
}

/** Cells of a row as inputs. */
export const tableParts = {
  cells: `const numeric = /^[+-]?(\\d+\\.?\\d*|\\.\\d+)(e[+-]?\\d+)?$/i

/** The number that a text reads as. */
function numberOf(text, sign = '.') {
  const signed = text.replace(/^\\u2212/, '-')
  const plain = sign === '.' ? signed : signed.includes('.') ? '' : signed.replace(sign, '.')
  return numeric.test(plain) && Number.isFinite(Number(plain)) ? Number(plain) : undefined
}

function booleanOf(text) {
  const word = text.toLowerCase()
  return word === 'true' ? true : word === 'false' ? false : undefined
}

/** A trimmed text, a number or a boolean; null if it is missing. */
function cellOf(value) {
  if (value === undefined || value === null || Number.isNaN(value)) return null
  if (typeof value === 'bigint') return cellOf(String(value))
  if (typeof value !== 'string') return missing.has(value) ? null : value
  const text = value.trim().replace(/\\r\\n?/g, '\\n')
  const isMissing = missing.has(text.toLowerCase()) || missing.has(numberOf(text, decimal) ?? booleanOf(text))
  return isMissing ? null : text
}

/** The cells of a row in the order of the columns. */
function cellsOf(row) {
  if (Array.isArray(row)) {
    if (row.length === columns.length) return row.map(cellOf)
    throw new TypeError(\`the row has \${row.length} cells, expected \${columns.length}\`)
  }
  if (typeof row !== 'object' || row === null) throw new TypeError('a row is an object or an array of cells')
  return columns.map(({ name }) => {
    if (Object.hasOwn(row, name)) return cellOf(row[name])
    throw new TypeError(\`the row lacks the column "\${name}"\`)
  })
}`,
  numbers: `/** Inputs of a number. */
function numberInputs({ name, median, indicator, encodings: learned }, cell) {
  const given = typeof cell === 'string' ? (booleanOf(cell) ?? numberOf(cell, decimal)) : cell
  const value = given === null ? median : typeof given === 'boolean' ? Number(given) : given
  if (typeof value !== 'number' || !Number.isFinite(value)) {
    throw new TypeError(\`column "\${name}" has \${JSON.stringify(cell)}, expected a number\`)
  }
  const inputs = learned.flatMap((each) => encodings[each.kind](each, value))
  return indicator ? [...inputs, Number(cell === null)] : inputs
}`,
  levels: `const plainText = (cell) => String(typeof cell === 'string' ? (numberOf(cell) ?? booleanOf(cell) ?? cell) : cell)

/** Inputs of a category; none is 1 for a level that training did not see. */
function levelInputs({ levels, missing: own, codes }, cell) {
  const exact = levels.indexOf(String(cell))
  const found = exact >= 0 || codes ? exact : levels.findIndex((level) => plainText(level) === plainText(cell))
  const at = cell === null ? (own ? levels.length : -1) : found
  return Array.from({ length: levels.length + (own ? 1 : 0) }, (_, k) => Number(k === at))
}`,
}

/** The networks, from the packed weights. */
export const networkPart = `/** The weights of all layers. */
function unpack() {
  const bytes = (text) => Uint8Array.from(atob(text), (mark) => mark.charCodeAt(0)).buffer
  const integers = new Integers(bytes(packedIntegers))
  const floats = new Floats(bytes(packedFloats))
  let [nextInteger, nextFloat] = [0, 0]
  const take = (count) => floats.subarray(nextFloat, (nextFloat += count))
  const matrix = (rows, width) =>
    Array.from({ length: rows }, () => {
      const count = integers[nextInteger++]
      const indices = count < width ? integers.subarray(nextInteger, (nextInteger += count)) : null
      return { indices, values: take(count) }
    })
  return shapes.map(({ takes, layers }) => ({
    takes,
    layers: layers.map(({ activation, residual, rows, columns }) => ({
      activation,
      residual,
      matrices: Array.from({ length: activation === 'crelu' ? 2 : 1 }, () => matrix(rows, columns)),
      scales: take(rows),
      biases: take(rows),
    })),
  }))
}

const networks = unpack()

/** z = scale (W+ max(x, 0) + W- min(x, 0)) + bias, and x more in a residual layer. */
function applyLayer({ activation, residual, matrices, scales, biases }, x) {
  const halves = activation === 'identity' ? [x] : [x.map((value) => Math.max(value, 0))]
  if (activation === 'crelu') halves.push(x.map((value) => Math.min(value, 0)))
  return Array.from(scales, (scale, i) => {
    let sum = 0
    matrices.forEach((rows, s) => {
      const { indices, values } = rows[i]
      for (let k = 0; k < values.length; k++) sum += values[k] * halves[s][indices === null ? k : indices[k]]
    })
    return scale * sum + biases[i] + (residual ? x[i] : 0)
  })
}

/** The mean of the networks' outputs. */
function outputsOf(inputs) {
  const x = Array.from(Floats.from(inputs))
  if (!x.every(Number.isFinite)) throw new RangeError('a number of the row is too large')
  const all = networks.map(({ takes, layers }) =>
    layers.reduce((z, layer) => applyLayer(layer, z), takes === null ? x : takes.map((j) => x[j])),
  )
  return all[0].map((_, i) => all.reduce((sum, outputs) => sum + outputs[i], 0) / all.length)
}`

export const probabilityParts = {
  sigmoid: `const probabilitiesOf = (outputs) => outputs.map((z) => 1 / (1 + Math.exp(-z)))`,
  softmax: `function probabilitiesOf(logits) {
  const largest = Math.max(...logits)
  const powers = logits.map((z) => Math.exp(z - largest))
  const sum = powers.reduce((total, power) => total + power, 0)
  return powers.map((power) => power / sum)
}`,
}

export const selfTestPart = `/** Whether rows that psilon predicted when it wrote this module give the same here, to rounding. */
export function selfTest() {
  return examples.every(({ row, outputs }) => {
    const found = outputsOf(inputsOf(row))
    return outputs.every((output, k) => Math.abs(found[k] - output) <= agreement * (1 + Math.abs(output)))
  })
}`
