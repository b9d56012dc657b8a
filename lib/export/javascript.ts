import { printable } from '../errors/errors.js'
import { count } from '../print.js'
import { defaultReading } from '../tables/read-options.js'
import { version } from '../version.js'
import { type Answer, agreement, type ExportedBounds, type ExportedModel } from './exported-model.js'
import { cellParts, columnConstants, lines } from './javascript-cells.js'
import { networkParts } from './javascript-network.js'
import { countWeights, type StoredMember, storedMembers } from './stored-layers.js'

/** One ES module without dependencies, which predicts what the model does, to rounding. */
export function javascriptOf(model: ExportedModel, bounds: ExportedBounds | null, reading = defaultReading): string {
  const { columns, answer, dtype, inputs } = model
  const members = storedMembers(model.members, dtype)
  const parts = [
    header(model, members),
    columns === null ? `/** Number of inputs. */\nexport const inputs = ${inputs}` : columnConstants(columns),
    ...answerConstants(answer),
    ...(bounds === null ? [] : [boundConstants(bounds)]),
    ...(columns === null ? [checkedInputs(dtype)] : cellParts(columns, model, reading)),
    ...networkParts(members, dtype),
    ...predictions(answer, columns === null),
    selfTest(model),
  ]
  return `${parts.join('\n\n')}\n`
}

function header({ columns, inputs, answer }: ExportedModel, members: readonly StoredMember[]): string {
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

function answerConstants(answer: Answer): string[] {
  if (answer.kind === 'outputs') return []
  const target = `/** The column that is predicted. */\nexport const target = ${JSON.stringify(answer.target)}`
  if (answer.kind === 'number') return [target]
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

const checkedInputs = (dtype: ExportedModel['dtype']) => `/** The numbers of a row. */
function inputsOf(row) {
  if (row.length !== inputs) throw new TypeError(\`the row has \${row.length} numbers, expected \${inputs}\`)
  return ${dtype === 'float32' ? 'Float32Array' : 'Float64Array'}.from(row)
}`

function predictions(answer: Answer, bare: boolean): string[] {
  const row = bare
    ? ` * @param {ArrayLike<number>} row the inputs.`
    : ` * @param {Record<string, unknown> | readonly unknown[]} row cells by column, or in the order of \`columns\`; null is missing.`
  const doc = (says: string, gives: string) => `/**\n * ${says}\n *\n${row}\n * @returns {${gives}}\n */`
  if (answer.kind === 'number') {
    const { scale, center } = answer
    return [
      `${doc('The predicted value.', 'number')}\nexport function predict(row) {\n  return outputsOf(inputsOf(row))[0] * ${scale} + ${center}\n}`,
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

const probabilityParts = {
  sigmoid: `const probabilitiesOf = (outputs) => outputs.map((z) => 1 / (1 + Math.exp(-z)))`,
  softmax: `function probabilitiesOf(logits) {
  const largest = Math.max(...logits)
  const powers = logits.map((z) => Math.exp(z - largest))
  const sum = powers.reduce((total, power) => total + power, 0)
  return powers.map((power) => power / sum)
}`,
}

const selfTest = ({ examples, dtype }: ExportedModel) => `const examples = ${lines(examples)}

/** Whether rows that psilon predicted when it wrote this module give the same here, to rounding. */
export function selfTest() {
  return examples.every(({ row, outputs }) => {
    const found = outputsOf(inputsOf(row))
    return outputs.every((output, k) => Math.abs(found[k] - output) <= ${agreement[dtype]} * (1 + Math.abs(output)))
  })
}`
