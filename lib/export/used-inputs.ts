import { range } from 'd3-array'
import type { ColumnEncoding } from '../data/column-encoding.js'
import { valueInputs } from '../data/encodings/encodings.js'
import { booleanOf, isCode, numberOf } from '../tables/cells.js'
import type { ExportedLayer, ExportedMember, ExportedModel } from './exported-model.js'

/**
 * The same model without encodings of numbers, and marks of missing cells, whose inputs have no weights, as in pruned networks.
 * Columns stay.
 *
 * @param minimal whether levels without weights go too: like levels that training did not see, they set no input.
 */
export function withoutUnused<Model extends ExportedModel>(model: Model, minimal = false): Model {
  const { columns, inputs, members } = model
  if (columns === null) return model
  const used = usedInputs(members, inputs)
  const kept: number[] = []
  let next = 0
  const isKept = (count: number, always = false) => {
    const own = range(next, next + count)
    next += count
    const keeps = always || own.some((j) => used.has(j))
    if (keeps) kept.push(...own)
    return keeps
  }
  const shorter = columns.map((column): ColumnEncoding => {
    if (column.kind === 'categorical') {
      const levels = column.levels.filter((level) => isKept(1, !minimal || hasOtherForms(level)))
      return { ...column, levels, missing: column.missing && isKept(1, !minimal) }
    }
    const encodings = column.encodings.filter((learned) => isKept(valueInputs(learned, column.name).length))
    return { ...column, encodings, indicator: column.indicator && isKept(1) }
  })
  if (kept.length === 0) return model // a constant
  return {
    ...model,
    columns: shorter,
    inputs: kept.length,
    members: members.map((member) => taking(member, kept, inputs)),
  }
}

/** Whether cells of other texts may be this level; without it, they might be taken for another one. */
export const hasOtherForms = (level: string): boolean =>
  isCode(level) || numberOf(level) !== undefined || booleanOf(level) !== undefined

function usedInputs(members: readonly ExportedMember[], inputs: number): Set<number> {
  const used = members.flatMap(({ takes, layers: [first] }) => {
    const own = takes ?? range(inputs)
    return own.filter((_, j) => range(first.rows).some((i) => first.matrices[0][i * first.columns + j] !== 0))
  })
  return new Set(used)
}

/** A member that takes of its inputs those that are kept. */
function taking(
  { takes, layers: [first, ...others] }: ExportedMember,
  kept: readonly number[],
  inputs: number,
): ExportedMember {
  const places = new Map(kept.map((j, place) => [j, place]))
  const own = takes ?? range(inputs)
  const columns = range(own.length).filter((j) => places.has(own[j]))
  return {
    takes: takes && columns.map((j) => places.get(own[j]) as number),
    layers: [withColumns(first, columns), ...others],
  }
}

function withColumns(layer: ExportedLayer, columns: readonly number[]): ExportedLayer {
  const matrices = layer.matrices.map((matrix) =>
    Float64Array.from({ length: layer.rows * columns.length }, (_, at) => {
      return matrix[Math.floor(at / columns.length) * layer.columns + columns[at % columns.length]]
    }),
  )
  return { ...layer, columns: columns.length, matrices }
}
