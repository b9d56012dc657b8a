import type { EncodingName } from '../data/encodings/encodings.js'

/** Functions of an exported JavaScript module, as texts. They read the constants that javascript.ts writes above them. */

/** Each writes the inputs of a value from `at` on, and returns where the next begin. */
export const encodingParts: Record<EncodingName, string> = {
  standard: `  standard({ mean, deviation }, value, at) {
    x[at] = (value - mean) / deviation
    return at + 1
  },`,
  asinh: `  asinh({ center, scale, mean, deviation }, value, at) {
    x[at] = (Math.asinh((value - center) / scale) - mean) / deviation
    return at + 1
  },`,
  robust: `  robust({ center, scale, mean, deviation }, value, at) {
    const z = (value - center) / scale
    const clipped = Math.abs(z) <= 3 ? z / Math.sqrt(1 + (z / 3) ** 2) : (Math.sign(z) * 3) / Math.sqrt(1 + (3 / z) ** 2)
    x[at] = (clipped - mean) / deviation
    return at + 1
  },`,
  'rank-normal': `  'rank-normal'({ knots, quantiles, spread, mean, deviation }, value, at) {
    let [low, high] = [0, knots.length - 1]
    while (high - low > 1) {
      const middle = (low + high) >> 1
      if (value < knots[middle]) high = middle
      else low = middle
    }
    const step = (knots[high] - knots[low]) / (quantiles[high] - quantiles[low])
    let rank
    if (value < knots[low]) rank = quantiles[low] - (knots[low] - value) / Math.max(step, spread)
    else if (value >= knots[high]) rank = quantiles[high] + (value - knots[high]) / Math.max(step, spread)
    else rank = quantiles[low] + ((value - knots[low]) / (knots[high] - knots[low])) * (quantiles[high] - quantiles[low])
    x[at] = (rank - mean) / deviation
    return at + 1
  },`,
  'piecewise-linear': `  'piecewise-linear'({ edges }, value, at) {
    for (let t = 0; t + 1 < edges.length; t++) {
      x[at++] = Math.min(1, Math.max(0, (value - edges[t]) / (edges[t + 1] - edges[t])))
    }
    return at
  },`,
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

function checkRow(row) {
  if (typeof row !== 'object' || row === null) throw new TypeError('a row is an object or an array of cells')
  if (Array.isArray(row) && row.length !== columns.length) {
    throw new TypeError(\`the row has \${row.length} cells, expected \${columns.length}\`)
  }
}

/** The cell of column k. */
function cellIn(row, k) {
  if (Array.isArray(row)) return cellOf(row[k])
  const { name } = columns[k]
  if (!Object.hasOwn(row, name)) throw new TypeError(\`the row lacks the column "\${name}"\`)
  return cellOf(row[name])
}`,
  numbers: `/** Writes the inputs of a number from \`at\` on. */
function writeNumber({ name, median, indicator, encodings: learned }, cell, at) {
  const given = typeof cell === 'string' ? (booleanOf(cell) ?? numberOf(cell, decimal)) : cell
  const value = given === null ? median : typeof given === 'boolean' ? Number(given) : given
  if (typeof value !== 'number' || !Number.isFinite(value)) {
    throw new TypeError(\`column "\${name}" has \${JSON.stringify(cell)}, expected a number\`)
  }
  for (const each of learned) at = encodings[each.kind](each, value, at)
  if (indicator) x[at++] = Number(cell === null)
  return at
}`,
  levels: `const plainText = (cell) => String(typeof cell === 'string' ? (numberOf(cell) ?? booleanOf(cell) ?? cell) : cell)

/** The numbers of the levels of each column, by their text and, unless that would lose digits, in plain form. */
const levelNumbers = columns.map(({ levels = [], codes }) => {
  const plain = codes ? [] : levels.map((level, k) => [plainText(level), k])
  return { exact: new Map(levels.map((level, k) => [level, k])), plain: new Map(plain) }
})

/** Writes the inputs of a category from \`at\` on; none is 1 for a level that training did not see. */
function writeLevel({ levels, missing: own }, cell, at, k) {
  const { exact, plain } = levelNumbers[k]
  const end = at + levels.length + (own ? 1 : 0)
  x.fill(0, at, end)
  const level = cell === null ? (own ? levels.length : undefined) : (exact.get(String(cell)) ?? plain.get(plainText(cell)))
  if (level !== undefined) x[at + level] = 1
  return end
}`,
}

/** The networks, from the packed weights. */
export const networkPart = `/** The layers of all networks, with the weights of each matrix row by row. */
function unpack() {
  const bytes = (text) => Uint8Array.from(atob(text), (mark) => mark.charCodeAt(0)).buffer
  const integers = new Integers(bytes(packedIntegers))
  const floats = new Floats(bytes(packedFloats))
  let [nextInteger, nextFloat] = [0, 0]
  const take = (count) => Float64Array.from(floats.subarray(nextFloat, (nextFloat += count)))
  const matrix = (rows, width) => {
    const starts = [0]
    const indices = []
    for (let i = 0; i < rows; i++) {
      const count = integers[nextInteger++]
      for (let j = 0; j < count; j++) indices.push(count < width ? integers[nextInteger++] : j)
      starts.push(indices.length)
    }
    return { starts: Int32Array.from(starts), indices: Int32Array.from(indices), weights: take(indices.length) }
  }
  return shapes.map(({ takes, layers }) => ({
    takes,
    layers: layers.map((layer) => ({
      ...layer,
      matrices: Array.from({ length: layer.activation === 'crelu' ? 2 : 1 }, () => matrix(layer.rows, layer.columns)),
      scales: take(layer.rows),
      biases: take(layer.rows),
    })),
  }))
}

const networks = unpack()
const widest = Math.max(...networks.flatMap(({ layers }) => layers.flatMap(({ rows, columns }) => [rows, columns])))
const buffers = [new Float64Array(widest), new Float64Array(widest), new Float64Array(widest)]

/** to = scale (W+ max(from, 0) + W- min(from, 0)) + bias, and \`from\` more in a residual layer. */
function applyLayer({ activation, residual, rows, columns, matrices, scales, biases }, from, to) {
  const act = activation === 'identity' ? from : buffers[2]
  for (let i = 0; i < rows; i++) to[i] = 0
  for (let s = 0; s < matrices.length; s++) {
    const { starts, indices, weights } = matrices[s]
    if (act !== from) for (let j = 0; j < columns; j++) act[j] = s === 0 ? Math.max(from[j], 0) : Math.min(from[j], 0)
    for (let i = 0; i < rows; i++) {
      let sum = 0
      for (let k = starts[i]; k < starts[i + 1]; k++) sum += weights[k] * act[indices[k]]
      to[i] += sum
    }
  }
  for (let i = 0; i < rows; i++) to[i] = scales[i] * to[i] + biases[i] + (residual ? from[i] : 0)
}

/** The mean of the networks' outputs. */
function outputsOf(x) {
  for (let j = 0; j < x.length; j++) if (!Number.isFinite(x[j])) throw new RangeError('a number of the row is too large')
  const outputs = new Array(networks[0].layers.at(-1).rows).fill(0)
  for (const { takes, layers } of networks) {
    let [from, to] = buffers
    for (let j = 0; j < layers[0].columns; j++) from[j] = x[takes === null ? j : takes[j]]
    for (const layer of layers) {
      applyLayer(layer, from, to)
      ;[from, to] = [to, from]
    }
    for (let i = 0; i < outputs.length; i++) outputs[i] += from[i] / networks.length
  }
  return outputs
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
