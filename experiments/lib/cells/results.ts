import type { Cell, CellResult } from './cells.js'

/** What cells gave, in their order. */
export type Results = ReadonlyMap<Cell, CellResult>

/** A cell with its result. */
export type Fit = Cell & { result: CellResult }

export const fitsOf = (results: Results): Fit[] => [...results].map(([cell, result]) => ({ ...cell, result }))
