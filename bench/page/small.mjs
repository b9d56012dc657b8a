import { gflops, number, percent, spread, table } from '../markdown.mjs'
import { lambdaTable } from './training.mjs'

const microseconds = (seconds) => number(1e6 * seconds)

const columns = {
  job: ({ job }) => job,
  'µs a step': ({ seconds }) => microseconds(seconds.median),
  'middle half': ({ seconds }) => spread(seconds, microseconds),
  'GFLOP/s': ({ flop, seconds }) => gflops(flop / seconds.median),
  'peak beside, GFLOP/s': ({ peak }) => gflops(peak.median),
  'share of the peak': ({ share }) => percent(share),
  'PyTorch, µs': ({ peer }) => (peer === undefined ? '-' : microseconds(peer.median)),
  'multiple of our time': ({ ratio }) => (ratio === undefined ? '-' : number(ratio)),
}

/** @returns {string} Markdown */
export function smallSection({ steps, fit, lambdas }) {
  const ofSteps = fit.steps * steps[0].seconds.median
  return `## Small networks

The small job has 12 inputs, 3 layers of 64 and one output, mean squared error, and batches of 64; the others differ from
it in what their names say. Everything runs on one thread, PyTorch too, which may use no higher instruction set than
psilon does.

${table(columns, steps)}
A whole fit of ${fit.rows.toLocaleString('en')} rows and ${fit.epochs} epochs, with its network, takes
${number(fit.processor.median)} processor seconds; its ${fit.steps.toLocaleString('en')} steps alone would take
${number(ofSteps)}.

The small job with each of ${lambdas.lambdas} lambdas, ${lambdas.epochs} epochs each:

${lambdaTable(lambdas)}`
}
