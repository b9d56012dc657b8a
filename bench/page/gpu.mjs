import { gflops, number, percent, spread, table } from '../markdown.mjs'
import { targetTable } from './target-table.mjs'

const microseconds = (seconds) => number(1e6 * seconds)

const timeColumns = {
  job: ({ job }) => job,
  library: ({ library, graph }) => (graph ? `${library}, CUDA graph` : library),
  device: ({ device }) => (device === 'cuda' ? 'GPU' : 'CPU'),
  precision: ({ precision }) => precision,
  networks: ({ networks }) => String(networks),
  'µs a step': ({ seconds }) => microseconds(seconds.median),
  'middle half': ({ seconds }) => spread(seconds, microseconds),
  'GFLOP/s': ({ flop, seconds }) => gflops(flop / seconds.median),
}

const comparisonColumns = {
  job: ({ job }) => job,
  precision: ({ precision }) => precision,
  'PyTorch, multiple of our time': ({ eager }) => number(eager),
  'as a CUDA graph': ({ graph }) => number(graph),
  networks: ({ networks }) => String(networks ?? '-'),
  'at once, multiple of one': ({ together }) => number(together),
  'share of the float32 peak': ({ share }) => percent(share),
}

const exponential = (error) => error.toExponential(1)
const trajectoryColumns = {
  run: ({ file }) => file,
  dtype: ({ dtype }) => dtype,
  steps: ({ steps }) => String(steps),
  'golden and CPU': ({ goldenCpu }) => exponential(goldenCpu),
  'golden and GPU': ({ goldenCuda }) => exponential(goldenCuda),
  'CPU and GPU': ({ cpuCuda }) => exponential(cpuCuda),
}

function facts({ date, device, versions }) {
  const { name, capability, memory, processors, peakFloat32 } = device
  const rows = {
    date,
    device: `${name}, compute capability ${capability}, ${processors} multiprocessors, ${number(memory / 2 ** 30)} GiB`,
    'float32 peak': `${gflops(peakFloat32)} GFLOP/s, computed from its clock and its multiprocessors`,
    versions: Object.entries(versions)
      .map(([what, version]) => `${what} ${version ?? 'not known'}`)
      .join('; '),
  }
  return table({ '': ([what]) => what, ' ': ([, fact]) => fact }, Object.entries(rows))
}

/** The names of the steps that failed or were left out. */
function gaps({ complete, failed, leftOut }) {
  const list = (title, steps) => (steps.length === 0 ? '' : `**${title}:** ${steps.join('; ')}.\n`)
  const unfinished = !complete && leftOut.length === 0 ? '**The run was not finished.**\n' : ''
  return [list('Failed', failed), list('Left out', leftOut), unfinished].filter((text) => text !== '').join('\n')
}

/** @param {any} check what `npm run gpu-check` found; nothing where there was no GPU @returns {string} Markdown */
export function gpuSection(check) {
  if (check === undefined)
    return '## GPU\n\nNot measured, because there was no GPU. On one, `npm run gpu-check` tests and times psilon.\n'
  const parts = [
    '## GPU',
    `\`npm run gpu-check\` measured these figures in a separate run; [gpu-check.json](gpu-check.json) has all results. A step is
the same as under Training. PyTorch trains the same networks on the same GPU
([torch_steps.py](../test/gpu/torch_steps.py)). Matrix products are psilon's own kernels; it does not use cuBLAS.`,
    check.device === null ? '' : facts(check),
    gaps(check),
    targetTable(check.targets),
    table(comparisonColumns, check.comparisons),
    table(timeColumns, check.times),
    `### Trajectories

Golden trainings were replayed on both devices. The table shows the largest relative error of figures and parameters.

${table(trajectoryColumns, check.trajectories)}`,
  ]
  return parts
    .filter((part) => part !== '')
    .map((part) => part.trimEnd())
    .join('\n\n')
    .concat('\n')
}
