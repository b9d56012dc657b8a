import { ascending, descending, max } from 'd3-array'
import type { Label } from '../../data/target.js'
import type { ClassifierCertificate, PsilonClassifier } from '../../estimators/classifier.js'
import { figure, named } from '../../print.js'
import type { Cell } from '../../tables/cells.js'
import { columnsOf, type Table } from '../../tables/table.js'
import type { RowsSection } from '../layout.js'
import { type Certified, radiusText, type Unit, unitOf } from './figures.js'

const maxRows = 10
/** Moves that are listed: those that may matter most, and at least a hundredth as much as the first. */
const maxMoves = 6
const leastEffect = 0.01

/** A row, and the nearest known row of another class. */
interface Doubtful {
  /** Index, from 0. */
  row: number
  /** The other class; undefined where none is known. */
  other: Label | undefined
  moves: readonly Move[]
}

interface Move {
  /** The column, from one value to another. */
  text: string
  /** Bound on what it does to a logit. */
  effect: number
}

/** The rows with the smallest radii, and what would flip them; no section if nothing can change the class of any row. */
export async function leastCertain(
  model: PsilonClassifier,
  table: Table,
  certified: Certified,
): Promise<RowsSection[]> {
  const { radii, upper } = certified.certificate
  const rows = Array.from(radii.keys())
    .filter((row) => radii[row] < Infinity)
    .sort((a, b) => ascending(radii[a], radii[b]) || ascending(upper[a], upper[b]) || a - b)
    .slice(0, maxRows)
  if (rows.length === 0) return []
  const doubtful = await Promise.all(rows.map((row) => doubtfulOf(row, model, table, certified)))
  const title = rows.length === 1 ? 'The least certain row' : `The ${rows.length} least certain rows`
  const found = doubtful.some(({ other }) => other !== undefined)
  return [{ title, text: found ? foundText : noneText, rows: textsOf(doubtful, certified), prose: found }]
}

/** The other class is that of the counterexample predicted by itself, as certify did. */
async function doubtfulOf(
  row: number,
  model: PsilonClassifier,
  table: Table,
  { certificate }: Certified,
): Promise<Doubtful> {
  const flip = certificate.counterexamples[row]
  if (flip === null) return { row, other: undefined, moves: [] }
  const { labels } = await model.predict([flip])
  return { row, other: labels[0], moves: movesOf(row, flip, model, table) }
}

function movesOf(row: number, flip: Record<string, Cell>, model: PsilonClassifier, table: Table): Move[] {
  const columns = new Map(columnsOf(table).map((column) => [column.name, column]))
  return model.influence().flatMap(({ column: name, kind, bound }): Move[] => {
    const [column, to] = [columns.get(name), flip[name]]
    if (column === undefined) return []
    if (kind === 'categorical') {
      const from = column.text(row) ?? 'missing'
      return to === null || String(to) === from ? [] : [{ text: moveText(name, from, String(to)), effect: bound }]
    }
    const from = column.number(row)
    if (from === undefined || typeof to !== 'number' || to === from) return []
    return [{ text: moveText(name, ...numberTexts(from, to)), effect: bound * Math.abs(to - from) }]
  })
}

/** Has no break. */
const arrow = (from: string, to: string): string => `${named(from)}\u00a0→\u00a0${named(to)}`

const moveText = (column: string, from: string, to: string): string => `${named(column)}\u00a0${arrow(from, to)}`

/** Both with as many digits as their difference needs to have two. */
function numberTexts(from: number, to: number): [from: string, to: string] {
  const place = (value: number) => Math.floor(Math.log10(value))
  const digits = 2 + place(Math.max(Math.abs(from), Math.abs(to))) - place(Math.abs(to - from))
  const text = (value: number) => withoutZeros(figure(value, Math.min(17, Math.max(3, digits))))
  return [text(from), text(to)]
}

/** `2.5` for `2.500` */
const withoutZeros = (text: string): string => text.replace(/(\.\d*?)0+(?=e|$)/, '$1').replace(/\.(?=e|$)/, '')

const foundText =
  'What would flip them: the values that move, rounded and in the units of their columns. The others stay.'
const noneText = 'The rows with the smallest radii. Level exact also finds what would flip them.'

function textsOf(doubtful: readonly Doubtful[], certified: Certified): string[][] {
  const { certificate, actual } = certified
  const isKnown = doubtful.some(({ row }) => actual[row] !== undefined)
  const isFound = doubtful.some(({ other }) => other !== undefined)
  const unit = unitOf(certified)
  const rows = doubtful.map(({ row, other, moves }) => {
    const own = String(certificate.labels[row])
    return [
      String(row + 1),
      ...(isKnown ? [named(actual[row] ?? '')] : []),
      other === undefined ? named(own) : arrow(own, String(other)),
      bothSides(certificate, row, unit),
      ...(isFound ? [other === undefined ? 'not known' : movesText(moves)] : []),
    ]
  })
  const last = isFound ? ['what would flip it'] : []
  return [['row', ...(isKnown ? ['actual'] : []), 'predicted', 'radius', ...last], ...rows]
}

/** The radius; where it does not meet the distance of a known counterexample, both. */
function bothSides({ radii, upper, exact }: ClassifierCertificate, row: number, unit: Unit): string {
  const open = !exact[row] && upper[row] < Infinity
  return `${open ? `${figure(radii[row])} to ` : ''}${radiusText(open ? upper[row] : radii[row], unit)}`
}

function movesText(moves: readonly Move[]): string {
  const least = leastEffect * (max(moves, ({ effect }) => effect) ?? 0)
  const listed = moves
    .filter(({ effect }) => effect >= least)
    .sort((a, b) => descending(a.effect, b.effect))
    .slice(0, maxMoves)
  const more = moves.length - listed.length
  return [...listed.map(({ text }) => text), ...(more === 0 ? [] : [`${more} more that matter less`])].join('; ')
}
