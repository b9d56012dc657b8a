import { median } from 'd3-array'
import { type Cell, PsilonError } from 'psilon'
import { scaleOf } from './scale.js'

/** The inputs of a column: a number and, where cells were missing, a mark of that; or one for each level of a category. */
export interface Inputs {
  kind: 'number' | 'levels'
  width: number
}

/** The inputs that the cells of a column become. */
export interface Encoder extends Inputs {
  /** Writes the inputs of a cell from `offset` on; they are zero before. */
  write(cell: Cell, inputs: Float64Array, offset: number): void
}

/** More levels than this, and than half the rows, are names or keys. */
const manyLevels = 50

/**
 * How a column becomes inputs, learned from the cells that train: scaled numbers, whose missing ones are the median and
 * have a second input that says so; or a category, one input a level, with one for a missing cell. Null for a column with
 * one value.
 *
 * @throws PsilonError ERR_DATA for a column of texts that are no categories.
 */
export function encoderOf(name: string, cells: readonly Cell[]): Encoder | null {
  const missing = cells.includes(null)
  const known = cells.filter((cell) => cell !== null)
  if (known.some((cell) => typeof cell === 'string')) {
    const levels = new Set(known.map(String))
    if (levels.size > manyLevels && 2 * levels.size > cells.length) {
      const found = `${levels.size} different texts in ${cells.length} rows, too many for categories`
      throw new PsilonError('ERR_DATA', `[reproduce] column "${name}" has ${found}`)
    }
    return levelEncoder([...levels].sort(), missing)
  }
  const values = Float64Array.from(known, Number)
  if (new Set(values).size < 2) return levelEncoder([...new Set(known.map(String))], missing)
  return numberEncoder(values, missing)
}

function numberEncoder(values: Float64Array, missing: boolean): Encoder {
  const scale = scaleOf(values)
  const middle = median(values) as number
  return {
    kind: 'number',
    width: missing ? 2 : 1,
    write(cell, inputs, offset) {
      inputs[offset] = scale(cell === null ? middle : Number(cell))
      if (missing && cell === null) inputs[offset + 1] = 1
    },
  }
}

/** A level that training never saw has no input. */
function levelEncoder(levels: readonly string[], missing: boolean): Encoder | null {
  const width = levels.length + (missing ? 1 : 0)
  if (width < 2) return null
  const places = new Map(levels.map((level, k) => [level, k]))
  return {
    kind: 'levels',
    width,
    write(cell, inputs, offset) {
      const place = cell === null ? (missing ? levels.length : undefined) : places.get(String(cell))
      if (place !== undefined) inputs[offset + place] = 1
    },
  }
}
