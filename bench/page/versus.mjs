import { milliseconds, number, spread, table } from '../markdown.mjs'

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

function stepTables(training) {
  return training.map(({ job, settings }) => `### A ${job} step\n\n${table(settingColumns, withOurs(settings))}`)
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

The same networks as above, in files of plain operators; their outputs were compared with ours. psilon has a pruned
network always compacted. ONNX Runtime gets it with all of its units and compacted, and multiplies by zeros too.

${table(columns, rows)}`,
  ]
}

/** @returns {string} Markdown */
export function versusSection({ skipped, training, inference }) {
  const leftOut = Object.entries(skipped).map(([peer, reason]) => `${peer} was left out: ${reason}.\n`)
  const parts = [
    `## Other libraries

In the same run, all in float32, each in a process of its own that is idle while others are measured. PyTorch trains the
same network with the same regulariser ([torch_step.py](../bench/peers/torch_step.py)); TensorFlow.js one without
normalisation or regulariser, which is less work. Targets compare the best setting of a library with psilon's best.
`,
    ...leftOut,
    ...stepTables(training),
    ...predictionTable(inference),
  ]
  return parts.join('\n')
}
