import { milliseconds, number, roundTrip, spread, table, threadCount } from '../markdown.mjs'

const settingColumns = {
  library: ({ peer }) => peer,
  setting: ({ setting }) => setting,
  ms: ({ seconds }) => milliseconds(seconds.median),
  'middle half': ({ seconds }) => spread(seconds),
  "multiple of psilon's best": ({ seconds, ours }) => number(seconds.median / ours),
}

function withOurs(settings) {
  const ours = Math.min(...settings.filter(({ peer }) => peer === 'psilon').map(({ seconds }) => seconds.median))
  return settings.map((each) => ({ ...each, ours }))
}

/** How long the products of a step would take at the highest peak that was measured beside products. */
function productsAtPeak(job, steps) {
  const [fastest] = steps.filter((step) => step.job === job).sort((a, b) => b.peak.median - a.peak.median)
  if (fastest === undefined) return []
  const { flop, peak, threads } = fastest
  const seconds = { median: flop / peak.median, q1: flop / peak.q3, q3: flop / peak.q1 }
  return [{ peer: 'the products alone', setting: `${threadCount(threads)}, at the peak`, seconds }]
}

function stepTables(training, steps) {
  return training.map(({ job, settings }) => {
    const rows = withOurs([...settings, ...productsAtPeak(job, steps)])
    return `### A ${job} step\n\n${table({ ...settingColumns, 'round trip, ns': roundTrip }, rows)}`
  })
}

function predictionTable(inference) {
  if (inference.length === 0) return []
  const rows = inference.flatMap(({ job, density, units, rows, settings }) =>
    withOurs(settings).map((each) => ({ ...each, job, density, units, rows })),
  )
  const columns = {
    job: ({ job }) => job,
    'weights left': ({ density }) => `${100 * density} %`,
    'units for ONNX Runtime': ({ units }) => units,
    rows: ({ rows }) => rows.toLocaleString('en'),
    ...settingColumns,
  }
  return [
    `### Predictions

ONNX Runtime reads the same networks as above from files of plain operators; their outputs were compared with psilon's.
psilon always runs a pruned network compacted. ONNX Runtime runs it both with all of its units and compacted, and
multiplies by zeros too.

${table(columns, rows)}`,
  ]
}

/** @param {any} versus @param {any} [suites] all of the run @returns {string} Markdown */
export function versusSection({ skipped, training, inference }, suites) {
  const leftOut = Object.entries(skipped).map(([peer, reason]) => `${peer} was left out: ${reason}.\n`)
  const parts = [
    `## Other libraries

These figures come from the same run, all in float32. Each library has its own process, which is idle while others are
measured. PyTorch trains the same network with the same regularizer ([torch_step.py](../bench/peers/torch_step.py));
TensorFlow.js trains one without normalisation or regularizer, which is less work. Targets compare the best setting of a
library with psilon's best. A library that does not skip the zeros behind relu and CReLU takes at least as long as all
products at the peak of the processor.
`,
    ...leftOut,
    ...stepTables(training, suites?.training?.steps ?? []),
    ...predictionTable(inference),
  ]
  return parts.join('\n')
}
