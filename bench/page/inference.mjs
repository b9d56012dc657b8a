import { number, percent, spread, table } from '../markdown.mjs'

const columns = {
  'weights left': ({ density }) => percent(density),
  rows: ({ rows }) => rows.toLocaleString('en'),
  method: ({ method }) => method,
  threads: ({ threads }) => String(threads),
  'µs a call': ({ seconds }) => number(1e6 * seconds.median),
  'middle half': ({ seconds }) => spread(seconds, (value) => number(1e6 * value)),
  'rows/s': ({ rowsPerSecond }) => number(rowsPerSecond),
}

/** @returns {string} Markdown */
export function inferenceSection({ predictions }) {
  const jobs = [...new Set(predictions.map(({ job }) => job))]
  const tables = jobs.map(
    (job) =>
      `### ${job}\n\n${table(
        columns,
        predictions.filter((each) => each.job === job),
      )}`,
  )
  return `## Predictions

The networks are those of the jobs under Training: dense, and also pruned and compacted, with a share of the weights
left at random places, at least one in a row. Times are those of the public methods, with their checks and copies;
predict is asynchronous.

${tables.join('\n')}`
}
