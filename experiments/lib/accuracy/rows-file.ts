import { open } from 'node:fs/promises'
import type { Prepared } from './problem.js'

/**
 * What a Python model gets: a line of JSON, { classes, inputs, columns, train, test }, the number of classes (0 for values),
 * of inputs and of rows, and how columns became inputs; then x and y of the rows that train and x of the test rows, row-major, as float64 in this machine's
 * order of bytes.
 */
export async function writeRows(path: string, { inputs, columns, coding, train, test }: Prepared): Promise<void> {
  const rows = { train: train.x.shape[0], test: test.x.shape[0] }
  const header = { classes: coding.labels.length, inputs, columns, ...rows }
  const file = await open(path, 'w')
  try {
    await file.writeFile(`${JSON.stringify(header)}\n`)
    for (const part of [train.x.data, train.y, test.x.data]) await file.writeFile(bytesOf(Float64Array.from(part)))
  } finally {
    await file.close()
  }
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Float64Array) => new Uint8Array(buffer, byteOffset, byteLength)
