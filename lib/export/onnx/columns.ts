import { cumsum, range } from 'd3-array'
import { type ColumnEncoding, type Encoding, featuresOf } from '../../data/column-encoding.js'
import { encodingNames, type LearnedEncoding, valueInputs } from '../../data/encodings/encodings.js'
import type { Dtype } from '../../words.js'
import type { OnnxOptions } from '../options.js'
import { encodingFor } from './encodings.js'
import type { OnnxGraph } from './graph.js'

/** Columns of a table as inputs of a graph. */
export interface TableInputs {
  /** For each column the input that it comes from. */
  names: readonly string[]
  /** The numeric columns side by side, [rows, numeric columns] in double; null if there are none. */
  numbers: string | null
}

/** A column, the input of the graph that it comes from, and its first input of the networks. */
type Placed<Kind extends ColumnEncoding['kind']> = Encoding<Kind> & { source: string; first: number }

/** Some inputs of the networks side by side, and which inputs these are. */
interface Block {
  value: string
  places: readonly number[]
}

/** For a matrix all columns are numeric. */
export function tableInputs(
  graph: OnnxGraph,
  columns: readonly ColumnEncoding[],
  form: NonNullable<OnnxOptions['inputs']>,
): TableInputs {
  if (form === 'matrix') {
    const numbers = graph.input('x', 'float64', columns.length)
    return { names: columns.map(() => numbers), numbers }
  }
  const names = columns.map(({ kind, name }) => graph.input(name, kind === 'numeric' ? 'float64' : 'string', 1))
  const numeric = names.filter((_, k) => columns[k].kind === 'numeric')
  return { names, numbers: numeric.length === 0 ? null : graph.beside(numeric) }
}

/** The inputs of the networks, [rows, inputs], computed in double and rounded to the dtype at the end. */
export function encodedColumns(
  graph: OnnxGraph,
  columns: readonly ColumnEncoding[],
  { names, numbers }: TableInputs,
  dtype: Dtype,
): string {
  const starts = cumsum([0, ...columns.map((column) => featuresOf(column).length)])
  const placed = columns.map((column, k) => ({ ...column, source: names[k], first: starts[k] }))
  const numeric = placed.filter((column): column is Placed<'numeric'> => column.kind === 'numeric')
  const categorical = placed.filter((column): column is Placed<'categorical'> => column.kind === 'categorical')
  const blocks = [
    ...(numbers === null ? [] : numericBlocks(graph, numbers, numeric)),
    ...categorical.map((column) => levelBlock(graph, column)),
  ]
  const all = graph.beside(blocks.map(({ value }) => graph.cast(value, dtype)))
  const places = blocks.flatMap((block) => block.places)
  const order = places.map((_, input) => places.indexOf(input))
  return graph.columns(all, order, places.length)
}

/** A block for each encoding, and one that marks missing cells. */
function numericBlocks(graph: OnnxGraph, numbers: string, columns: readonly Placed<'numeric'>[]): Block[] {
  const isMissing = graph.node('IsNaN', [numbers])
  const medians = graph.doubles(...columns.map(({ median }) => median))
  const x = graph.node('Where', [isMissing, medians, numbers])
  const of = (value: string, indices: readonly number[]) => graph.columns(value, indices, columns.length)
  const encoded = columns.flatMap(encodingsOf)
  const blocks = encodingNames.flatMap((name) => {
    const own = encoded.filter(({ learned }) => learned.kind === name)
    if (own.length === 0) return []
    const columnsOfOwn = of(
      x,
      own.map(({ index }) => index),
    )
    const value = encodingFor(name)(
      graph,
      columnsOfOwn,
      own.map(({ learned }) => learned),
    )
    return [{ value, places: own.flatMap(({ places }) => places) }]
  })
  const marked = range(columns.length).filter((index) => columns[index].indicator)
  if (marked.length === 0) return blocks
  const places = marked.map((index) => columns[index].first + featuresOf(columns[index]).length - 1)
  return [...blocks, { value: of(isMissing, marked), places }]
}

interface Encoded {
  /** Of the column among the numeric ones. */
  index: number
  learned: LearnedEncoding
  places: readonly number[]
}

function encodingsOf({ encodings, name, first }: Placed<'numeric'>, index: number): Encoded[] {
  let next = first
  return encodings.map((learned) => {
    const from = next
    next += valueInputs(learned, name).length
    return { index, learned, places: range(from, next) }
  })
}

/** One input a level; an empty text is a missing cell. */
function levelBlock(graph: OnnxGraph, { levels, missing, source, first }: Placed<'categorical'>): Block {
  const texts = missing ? [...levels, ''] : levels
  const numbers = range(texts.length)
  const level = graph.numberOf(source, new Map(texts.map((text, k) => [text, k])))
  const each = graph.integers(numbers)
  return { value: graph.node('Equal', [level, each]), places: numbers.map((k) => first + k) }
}
