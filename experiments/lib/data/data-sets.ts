import { createHash } from 'node:crypto'
import type { Floats } from 'psilon'

/** Inputs as networks and baselines see them, and targets: scaled numbers, or classes 0, 1, ... */
export interface Rows {
  x: { data: Floats; shape: [rows: number, inputs: number] }
  y: Float64Array
}

export type Task = 'regression' | 'binary' | 'classes'

/** Rows, split and prepared. */
export interface DataSet {
  name: string
  task: Task
  inputs: number
  outputs: number
  train: Rows
  test: Rows
  validation: Rows
  /** Of all numbers above. */
  fingerprint: string
}

export function fingerprintOf(parts: readonly Rows[]): string {
  const hash = createHash('sha256')
  for (const { x, y } of parts) hash.update(String(x.shape)).update(x.data).update(y)
  return hash.digest('hex').slice(0, 16)
}
