import type { ColumnEncoding } from '../../data/column-encoding.js'
import type { LearnedEncoding } from '../../data/encodings/encodings.js'
import { booleanOf, isCode, numberOf } from '../../tables/cells.js'
import type { Reading } from '../../tables/read-options.js'
import type { ExportedModel } from '../exported-model.js'
import { hasOtherForms } from '../used-inputs.js'
import { ascendingSteps } from './ascending-steps.js'
import { dateParts } from './dates.js'
import { encodings } from './encodings.js'

/**
 * From the cells of a row to inputs in an exported JavaScript module: the functions that read them.
 *
 * @param moves whether numbers can move by deviations before they become inputs.
 */
export function cellParts(
  columns: readonly ColumnEncoding[],
  { inputs, dtype }: Pick<ExportedModel, 'inputs' | 'dtype'>,
  { missing, decimal, dates }: Reading,
  moves: boolean,
): string[] {
  const learned = columns.flatMap((each) => (each.kind === 'numeric' ? each.encodings : []))
  const kinds = new Set(learned.map(({ kind }) => kind))
  const needs = needsOf(columns, moves)
  const words = missing.flatMap((word) => [word.toLowerCase(), numberOf(word, decimal) ?? booleanOf(word) ?? []].flat())
  const sign = decimal === '.' ? '' : `, '${decimal}'`
  return [
    `const missing = new Set(${JSON.stringify(['', ...new Set(words)])})`,
    numberParts(decimal),
    ...(dates === undefined ? [] : [dateParts(sign)]),
    cells(sign, dates !== undefined),
    ...(kinds.size > 0 ? [encodings(kinds)] : []),
    ...(needs.numbers ? [writeNumber(sign, needs)] : []),
    ...(needs.levels ? [writeLevel(needs)] : []),
    `const x = new ${dtype === 'float32' ? 'Float32Array' : 'Float64Array'}(${inputs})`,
    rowPart(needs),
  ]
}

/** What the columns of a model need of the functions that read them. */
interface Needs {
  numbers: boolean
  levels: boolean
  /** Whether some inputs mark missing numbers, and some are levels of missing cells. */
  indicators: boolean
  missingLevels: boolean
  /** Whether some levels are numbers or booleans, which have other texts too; and some of them codes, which have not. */
  forms: boolean
  codes: boolean
  moves: boolean
}

function needsOf(columns: readonly ColumnEncoding[], moves: boolean): Needs {
  const numeric = columns.filter((each) => each.kind === 'numeric')
  const categorical = columns.filter((each) => each.kind === 'categorical')
  const levels = categorical.flatMap((each) => each.levels)
  return {
    numbers: numeric.length > 0,
    levels: categorical.length > 0,
    indicators: numeric.some(({ indicator }) => indicator),
    missingLevels: categorical.some(({ missing }) => missing),
    forms: levels.some(hasOtherForms),
    codes: levels.some(isCode),
    moves,
  }
}

/** `columns`, with what reads a cell of each; flags that are false are left out, and deviations if nothing moves. */
export function columnConstants(columns: readonly ColumnEncoding[], { dates = [] }: Reading, moves: boolean): string {
  const own = columns.map((column) => {
    const { kind, name } = column
    const isDate = dates.includes(name) && { dates: true }
    if (column.kind === 'categorical') {
      const { levels, missing } = column
      return { kind, name, levels, ...(missing && { missing }), ...(levels.some(isCode) && { codes: true }), ...isDate }
    }
    const { median, deviation, indicator } = column
    const encodings = column.encodings.map(shortened)
    return { kind, name, median, ...(moves && { deviation }), ...(indicator && { indicator }), ...isDate, encodings }
  })
  const hasKnots = columns.some(
    (each) => each.kind === 'numeric' && each.encodings.some(({ kind }) => kind === 'rank-normal'),
  )
  return `/** The columns of a row, in the order of an array of cells. */
export const columns = ${lines(own)}${hasKnots ? `\n\n${knots}` : ''}`
}

const shortened = (learned: LearnedEncoding): object =>
  learned.kind === 'rank-normal'
    ? { ...learned, knots: ascendingSteps(learned.knots), quantiles: ascendingSteps(learned.quantiles) }
    : learned

/** JSON with an entry a line. */
export const lines = (entries: readonly unknown[]) =>
  `[\n${entries.map((each) => `  ${JSON.stringify(each)},\n`).join('')}]`

const knots = `/** Numbers from a unit and the steps between them; with the unit 0, as they are. */
function ascending([unit, ...steps]) {
  let sum = 0
  return unit === 0 ? steps : steps.map((step) => (sum += step) / unit)
}
for (const each of columns.flatMap(({ encodings = [] }) => encodings)) {
  if (each.knots) Object.assign(each, { knots: ascending(each.knots), quantiles: ascending(each.quantiles) })
}`

const numberParts = (decimal: Reading['decimal']) => `/** The number that a text reads as. */
function numberOf(text${decimal === '.' ? '' : ", sign = '.'"}) {
  const ${decimal === '.' ? 'plain' : 'signed'} = text.replace(/^\\u2212/, '-')
${decimal === '.' ? '' : "  const plain = sign === '.' ? signed : signed.includes('.') ? '' : signed.replace(sign, '.')\n"}  const number = /^[+-]?(\\d+\\.?\\d*|\\.\\d+)(e[+-]?\\d+)?$/i.test(plain) ? Number(plain) : Infinity
  return Number.isFinite(number) ? number : undefined
}

const booleanOf = (text) => (/^(true|false)$/i.test(text) ? /^t/i.test(text) : undefined)`

const cells = (sign: string, dates: boolean) => `/** A trimmed text, a number or a boolean; null if it is missing. */
function cellOf(value) {
  if (value === undefined || value === null || Number.isNaN(value)) return null
  if (typeof value === 'bigint') return cellOf(String(value))
  if (typeof value !== 'string') return missing.has(value) ? null : value
  const text = value.trim().replace(/\\r\\n?/g, '\\n')
  const isMissing = missing.has(text.toLowerCase()) || missing.has(numberOf(text${sign}) ?? booleanOf(text))
  return isMissing ? null : text
}

/** The cell of column k. */
function cellIn(row, k) {
  const { name${dates ? ', dates' : ''} } = columns[k]
  if (!Array.isArray(row) && !Object.hasOwn(row, name)) throw new TypeError(\`the row lacks the column "\${name}"\`)
  ${dates ? 'const cell =' : 'return'} cellOf(Array.isArray(row) ? row[k] : row[name])${dates ? '\n  return dates ? dayOf(name, cell) : cell' : ''}
}`

const writeNumber = (
  sign: string,
  { moves, indicators }: Needs,
) => `/** Writes the inputs of a number from \`at\` on${moves ? ', moved by so many deviations if it is not missing' : ''}. */
function writeNumber({ name, median, ${moves ? 'deviation, ' : ''}${indicators ? 'indicator, ' : ''}encodings: learned }, cell, at${moves ? ', moved' : ''}) {
  const given = typeof cell === 'string' ? (booleanOf(cell) ?? numberOf(cell${sign})) : cell
  const value = given === null ? median : typeof given === 'boolean' ? Number(given) : given
  if (typeof value !== 'number' || !Number.isFinite(value)) {
    throw new TypeError(\`column "\${name}" has \${JSON.stringify(cell)}, expected a number\`)
  }
${moves ? '  const place = cell === null ? value : value + moved * deviation\n' : ''}  for (const each of learned) at = encodings[each.kind](each, ${moves ? 'place' : 'value'}, at)
${indicators ? '  if (indicator) x[at++] = Number(cell === null)\n' : ''}  return at
}`

/** Without levels that have other forms, a level is found by its text alone. */
const writeLevel = ({ missingLevels, forms, codes }: Needs) => `${forms ? levelNumbers(codes) : exactNumbers}

/** Writes the inputs of a category from \`at\` on; none is 1 for a level that training did not see. */
function writeLevel({ levels${missingLevels ? ', missing: own' : ''} }, cell, at, k) {
${forms ? '  const { exact, plain } = levelNumbers[k]\n' : ''}  const end = at + levels.length${missingLevels ? ' + (own ? 1 : 0)' : ''}
  x.fill(0, at, end)
  const level = cell === null ? ${missingLevels ? '(own ? levels.length : undefined)' : 'undefined'} : ${forms ? '(exact.get(String(cell)) ?? plain.get(plainText(cell)))' : 'levelNumbers[k].get(String(cell))'}
  if (level !== undefined) x[at + level] = 1
  return end
}`

const levelNumbers = (
  codes: boolean,
) => `const plainText = (cell) => String(typeof cell === 'string' ? (numberOf(cell) ?? booleanOf(cell) ?? cell) : cell)

/** The numbers of the levels of each column, by their text and${codes ? ', unless that would lose digits,' : ''} in plain form. */
const levelNumbers = columns.map(({ levels = []${codes ? ', codes' : ''} }) => {
  const plain = ${codes ? 'codes ? [] : ' : ''}levels.map((level, k) => [plainText(level), k])
  return { exact: new Map(levels.map((level, k) => [level, k])), plain: new Map(plain) }
})`

const exactNumbers = `/** The numbers of the levels of each column. */
const levelNumbers = columns.map(({ levels = [] }) => new Map(levels.map((level, k) => [level, k])))`

function rowPart({ numbers, levels, moves }: Needs): string {
  const cell = 'columns[k], cellIn(row, k), at'
  const [number, level] = [`writeNumber(${cell}${moves ? ', moved' : ''})`, `writeLevel(${cell}, k)`]
  const both = `columns[k].kind === 'numeric' ? ${number} : ${level}`
  return `/** The inputs of the networks; the next row replaces them. */
function inputsOf(row${moves ? ', moved = 0' : ''}) {
  if (typeof row !== 'object' || row === null) throw new TypeError('a row is an object or an array of cells')
  if (Array.isArray(row) && row.length !== columns.length) {
    throw new TypeError(\`the row has \${row.length} cells, expected \${columns.length}\`)
  }
  let at = 0
  for (let k = 0; k < columns.length; k++) at = ${numbers && levels ? both : numbers ? number : level}
  return x
}`
}
