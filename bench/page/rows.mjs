import { number, spread, table } from '../markdown.mjs'

const columns = {
  table: ({ table: name }) => name.replace(/\.csv(\.gz)?$/, ''),
  model: ({ model }) => model,
  inputs: ({ inputs }) => String(inputs),
  call: ({ call }) => call,
  'µs a call': ({ seconds }) => number(1e6 * seconds.median),
  least: ({ least }) => number(1e6 * least),
  'middle half': ({ seconds }) => spread(seconds, (value) => number(1e6 * value)),
}

/** @returns {string} Markdown */
export function rowsSection({ calls }) {
  return `## One row

The time from one row, an object of cells by column, to its prediction, and beside it that of the first network of the model
from inputs that are ready. The models are of the preset \`fast\`. predict is asynchronous.

${table(columns, calls)}`
}
