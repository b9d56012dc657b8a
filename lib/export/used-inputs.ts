import { range } from 'd3-array'
import type { ColumnEncoding } from '../data/column-encoding.js'
import { valueInputs } from '../data/encodings/encodings.js'
import type { ExportedLayer, ExportedMember, ExportedModel } from './exported-model.js'

/**
 * The same model without encodings of numbers, and marks of missing cells, whose inputs have no weights, as in pruned networks.
 * Columns and levels stay.
 */
export function withoutUnused<Model extends ExportedModel>(model: Model): Model {
  const { columns, inputs, members } = model
  if (columns === null) return model
  const used = usedInputs(members, inputs)
  const kept: number[] = []
  let next = 0
  const isKept = (count: number) => {
    const own = range(next, next + count)
    next += count
    const isUsed = own.some((j) => used.has(j))
    if (isUsed) kept.push(...own)
    return isUsed
  }
  const shorter = columns.map((column): ColumnEncoding => {
    if (column.kind === 'categorical') {
      const count = column.levels.length + Number(column.missing)
      kept.push(...range(next, next + count))
      next += count
      return column
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
