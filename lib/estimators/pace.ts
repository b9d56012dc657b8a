/** How long a fit is, and its peak learning rate. */
export interface Pace {
  epochs: number
  batchSize: number
  learningRate: number
}

/** Rows of a batch in a fit of a preset's steps: a power of two near 1/32 of all rows, 32 to 256. */
export function batchOf(rows: number): number {
  return 2 ** Math.min(8, Math.max(5, Math.round(Math.log2(rows / 32))))
}

/** Epochs that come closest to so many steps; at least one. */
export function epochsOf(steps: number, rows: number, batchSize: number): number {
  return Math.max(1, Math.round(steps / Math.ceil(rows / batchSize)))
}
