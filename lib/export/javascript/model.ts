import { printable } from '../../errors/errors.js'
import { count } from '../../print.js'
import { defaultReading, type Reading } from '../../tables/read-options.js'
import { version } from '../../version.js'
import type { Dtype } from '../../words.js'
import { classCount, marginBounds } from '../bounds/margins.js'
import { precisions } from '../bounds/outward.js'
import type { ExportedCode } from '../exported-code.js'
import { type Answer, agreement, type ExportedBounds, type ExportedModel } from '../exported-model.js'
import { countWeights, type StoredMember, storedMembers } from '../stored-layers.js'
import { withoutUnused } from '../used-inputs.js'
import type { WeightRounding } from '../weights/rounding.js'
import { changed, learned, roundingText, where } from '../weights/rounding-text.js'
import { cellParts, columnConstants, lines } from './columns.js'
import { networkParts } from './network.js'
import { predictionParts } from './predictions.js'
import { radiusParts } from './radius.js'

interface Writing {
  reading: Reading | undefined
  /** Whether it has only what predictions need. */
  minimal: boolean
}

/** One ES module without dependencies, which predicts what the model does, to rounding. */
export function javascriptOf(code: ExportedCode, { reading = defaultReading, minimal }: Writing): string {
  const model = withoutUnused(code, minimal)
  const { columns, answer, dtype, inputs, bounds, rounding } = model
  const members = storedMembers(model.members, dtype)
  const moves = bounds !== null && classCount(answer) > 0
  const parts = [
    header(model, members),
    columns === null
      ? `/** Number of inputs. */\nexport const inputs = ${inputs}`
      : columnConstants(columns, reading, moves),
    ...answerConstants(answer),
    ...(rounding === null ? [] : [roundingConstant(model, rounding)]),
    ...(bounds === null ? [] : [boundConstants(bounds, model)]),
    ...(columns === null ? [checkedInputs(dtype, moves)] : cellParts(columns, model, reading, moves)),
    ...networkParts(members, dtype, rounding?.format ?? 'exact'),
    ...predictionParts(answer, columns === null),
    ...(moves ? radiusParts(model, marginBounds(model, members, precisions.float64)) : []),
    ...(minimal ? [] : [selfTest(model)]),
  ]
  const text = `${parts.join('\n\n')}\n`
  return minimal ? withoutComments(text) : text
}

/** Comments, and nothing else, begin a line with their mark: texts of the model are within lines. */
const withoutComments = (text: string) => text.replace(/^\/\*\*[\s\S]*?\*\/\n+/gm, '').replaceAll('\n\n', '\n')

function header({ columns, inputs, answer, rounding }: ExportedCode, members: readonly StoredMember[]): string {
  const { all, nonzero } = countWeights(members)
  const from = columns === null ? count(inputs, 'input') : count(columns.length, 'column')
  const what = answer.kind === 'outputs' ? count(answer.outputs, 'output') : commented(answer.target)
  const networks = members.length === 1 ? 'One network' : `The mean of ${members.length} networks`
  const weights = `${nonzero.toLocaleString('en-US')} of ${all.toLocaleString('en-US')} weights are not 0`
  return `/**
 * Predicts ${what} from ${from}. Written by psilon ${version}; needs no other file.
 *
 * ${networks}; ${weights}.${rounding === null ? '' : `\n * ${roundingText(answer, rounding).join('\n * ')}`}
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

const roundingConstant = ({ answer }: ExportedCode, { error }: WeightRounding) =>
  `/** What the rounding of weights changes ${changed(answer)} by at most, ${where(answer)}. */
export const weightsError = ${error}`

function boundConstants(
  { pathNorm, lipschitz, influence }: ExportedBounds,
  { columns, answer }: ExportedModel,
): string {
  const [moved, order] =
    columns === null ? ['an input', 'in the order of the inputs'] : ['a column', 'most influential first']
  return `/** Bounds that hold for all rows; influence: how much ${moved} changes ${learned(answer)} at most, ${order}. */
export const pathNorm = ${pathNorm}
export const lipschitz = ${lipschitz}
export const influence = ${lines(influence)}`
}

const checkedInputs = (
  dtype: Dtype,
  moves: boolean,
) => `/** The numbers of a row${moves ? ', all moved by as much' : ''}. */
function inputsOf(row${moves ? ', moved = 0' : ''}) {
  if (row.length !== inputs) throw new TypeError(\`the row has \${row.length} numbers, expected \${inputs}\`)
  return ${dtype === 'float32' ? 'Float32Array' : 'Float64Array'}.from(row${moves ? ', (value) => value + moved' : ''})
}`

const selfTest = ({ examples, dtype }: ExportedModel) => `const examples = ${lines(examples)}

/** Whether rows that psilon predicted give the same here, to rounding. */
export function selfTest() {
  return examples.every(({ row, outputs }) => {
    const found = outputsOf(inputsOf(row))
    return outputs.every((output, k) => Math.abs(found[k] - output) <= ${agreement[dtype]} * (1 + Math.abs(output)))
  })
}`
