import { printable } from '../errors/errors.js'
import { count } from '../print.js'
import { booleanOf, isCode, numberOf } from '../tables/cells.js'
import { defaultReading, type Reading } from '../tables/read-options.js'
import { version } from '../version.js'
import { type Answer, agreement, type ExportedBounds, type ExportedModel } from './exported-model.js'
import { encodingParts, networkPart, probabilityParts, selfTestPart, tableParts } from './javascript-parts.js'
import { countWeights, packWeights } from './packed-weights.js'

/** One ES module without dependencies, which predicts what the model does, to rounding. */
export function javascriptOf(model: ExportedModel, bounds: ExportedBounds | null, reading = defaultReading): string {
  const { columns, answer, dtype } = model
  const parts = [
    header(model),
    ...(columns === null
      ? [`/** Number of inputs. */\nexport const inputs = ${model.inputs}`]
      : [columnConstants(model)]),
    ...answerConstants(answer),
    ...(bounds === null ? [] : [boundConstants(bounds)]),
    weightConstants(model),
    `const examples = ${lines(model.examples)}\nconst agreement = ${agreement[dtype]}`,
    ...(columns === null ? [checkedInputs] : tableFunctions(model, reading)),
    networkPart,
    ...predictions(answer, columns === null),
    selfTestPart,
  ]
  return `${parts.join('\n\n')}\n`
}

function header({ columns, inputs, members, answer }: ExportedModel): string {
  const { all, nonzero } = countWeights(members)
  const from = columns === null ? count(inputs, 'input') : count(columns.length, 'column')
  const what = answer.kind === 'outputs' ? count(answer.outputs, 'output') : commented(answer.target)
  const networks = members.length === 1 ? 'One network' : `The mean of ${members.length} networks`
  const weights = `${nonzero.toLocaleString('en-US')} of ${all.toLocaleString('en-US')} weights are not 0`
  return `/**
 * Predicts ${what} from ${from}. Written by psilon ${version}; needs no other file.
 *
 * ${networks}; ${weights}.
 *
 * @module
 */`
}

const commented = (text: string) => JSON.stringify(printable(text)).replaceAll('*/', '* /')

/** JSON with an entry a line. */
const lines = (entries: readonly unknown[]) => `[\n${entries.map((each) => `  ${JSON.stringify(each)},\n`).join('')}]`

function columnConstants({ columns }: ExportedModel): string {
  const own = (columns ?? []).map((column) => {
    if (column.kind === 'categorical') return { ...column, codes: column.levels.some(isCode) }
    const { kind, name, median, indicator, encodings } = column
    return { kind, name, median, indicator, encodings }
  })
  return `/** The columns of a row, in the order of an array of cells. */
export const columns = ${lines(own)}`
}

function answerConstants(answer: Answer): string[] {
  if (answer.kind === 'outputs') return []
  const target = `/** The column that is predicted. */\nexport const target = ${JSON.stringify(answer.target)}`
  if (answer.kind === 'number') return [target, `const center = ${answer.center}\nconst scale = ${answer.scale}`]
  return [
    target,
    `/** The classes, in the order of the probabilities. */\nexport const classes = ${JSON.stringify(answer.labels)}`,
  ]
}

function boundConstants({ pathNorm, lipschitz, influence }: ExportedBounds): string {
  return `/** Bounds that hold for all rows; of the influences, most influential first, of a network in the order of its inputs. */
export const pathNorm = ${pathNorm}
export const lipschitz = ${lipschitz}
export const influence = ${lines(influence)}`
}

function weightConstants({ members, dtype }: ExportedModel): string {
  const { integers, floats } = packWeights({ members })
  const largest = integers.reduce((most, each) => Math.max(most, each), 0)
  const Integers = largest < 2 ** 8 ? Uint8Array : largest < 2 ** 16 ? Uint16Array : Uint32Array
  const Floats = dtype === 'float32' ? Float32Array : Float64Array
  const shapes = members.map(({ takes, layers }) => {
    return {
      takes,
      layers: layers.map(({ activation, residual, rows, columns }) => ({ activation, residual, rows, columns })),
    }
  })
  return `const shapes = ${lines(shapes)}
const Integers = ${Integers.name}
const Floats = ${Floats.name}
const packedIntegers =
  '${base64(Integers.from(integers))}'
const packedFloats =
  '${base64(Floats.from(floats))}'`
}

const base64 = ({ buffer, byteLength }: Uint8Array | Uint16Array | Uint32Array | Float32Array | Float64Array) =>
  Buffer.from(buffer as ArrayBuffer, 0, byteLength).toString('base64')

const checkedInputs = `const x = new Floats(inputs)

/** The numbers of a row. */
function inputsOf(row) {
  if (row.length !== inputs) throw new TypeError(\`the row has \${row.length} numbers, expected \${inputs}\`)
  for (let j = 0; j < inputs; j++) x[j] = row[j]
  return x
}`

function tableFunctions({ columns, inputs: count }: ExportedModel, { missing, decimal }: Reading): string[] {
  const all = columns ?? []
  const kinds = new Set(all.flatMap((each) => (each.kind === 'numeric' ? each.encodings.map(({ kind }) => kind) : [])))
  const hasNumbers = kinds.size > 0
  const hasLevels = all.some(({ kind }) => kind === 'categorical')
  const write = (kind: string) => `at = write${kind}(columns[k], cellIn(row, k), at${kind === 'Level' ? ', k' : ''})`
  const inputs =
    hasNumbers && hasLevels
      ? `if (columns[k].kind === 'numeric') ${write('Number')}\n    else ${write('Level')}`
      : write(hasNumbers ? 'Number' : 'Level')
  const words = missing.flatMap((word) => [word.toLowerCase(), numberOf(word, decimal) ?? booleanOf(word) ?? []].flat())
  return [
    `const missing = new Set(${JSON.stringify(['', ...new Set(words)])})`,
    `const decimal = '${decimal}'`,
    tableParts.cells,
    `const x = new Floats(${count})`,
    ...(hasNumbers ? [`const encodings = {\n${[...kinds].map((kind) => encodingParts[kind]).join('\n')}\n}`] : []),
    ...(hasNumbers ? [tableParts.numbers] : []),
    ...(hasLevels ? [tableParts.levels] : []),
    `/** The inputs of the networks; the next row replaces them. */
function inputsOf(row) {
  checkRow(row)
  let at = 0
  for (let k = 0; k < columns.length; k++) {
    ${inputs}
  }
  return x
}`,
  ]
}

function predictions(answer: Answer, bare: boolean): string[] {
  const row = bare
    ? ` * @param {ArrayLike<number>} row the inputs.`
    : ` * @param {Record<string, unknown> | readonly unknown[]} row cells by column, or in the order of \`columns\`; null is missing.`
  const doc = (says: string, gives: string) => `/**\n * ${says}\n *\n${row}\n * @returns {${gives}}\n */`
  if (answer.kind === 'number') {
    return [
      `${doc('The predicted value.', 'number')}\nexport function predict(row) {\n  return outputsOf(inputsOf(row))[0] * scale + center\n}`,
    ]
  }
  if (answer.kind === 'class') {
    const logits = answer.labels.length === 2 ? '[0, ...outputsOf(inputsOf(row))]' : 'outputsOf(inputsOf(row))'
    const type = [...new Set(answer.labels.map((label) => typeof label))].join(' | ')
    return [
      `const logitsOf = (row) => ${logits}`,
      probabilityParts.softmax,
      `${doc('The most likely class.', type)}\nexport function predict(row) {\n  const logits = logitsOf(row)\n  return classes[logits.indexOf(Math.max(...logits))]\n}`,
      `${doc('The probability of each class.', 'number[]')}\nexport function predictProba(row) {\n  return probabilitiesOf(logitsOf(row))\n}`,
    ]
  }
  const predict = `${doc('The raw outputs.', 'number[]')}\nexport function predict(row) {\n  return outputsOf(inputsOf(row))\n}`
  if (answer.link === 'none') return [predict]
  return [
    predict,
    probabilityParts[answer.link],
    `${doc('Probabilities.', 'number[]')}\nexport function predictProba(row) {\n  return probabilitiesOf(outputsOf(inputsOf(row)))\n}`,
  ]
}
