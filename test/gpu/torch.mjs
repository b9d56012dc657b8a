/**
 * Time of a training step of the benchmark's jobs in PyTorch on the same GPU, as lines of JSON. Exits with 77, and says
 * why, where there is no PyTorch that can use it. `node test/gpu/torch.mjs cpu` shows that the script runs.
 */

import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { jobs, smallJobs, stepFlop } from '../../bench/jobs.mjs'
import { pythonWith } from '../../bench/python.mjs'
import { summarize } from '../../bench/timing.mjs'
import { statusLeftOut } from './run-step.mjs'

const device = process.argv[2] ?? 'cuda'
const request =
  device === 'cuda' ? { device, batches: 40, epochs: 20, jobs } : { device, batches: 2, epochs: 2, jobs: smallJobs }
const script = fileURLToPath(new URL('torch_steps.py', import.meta.url))
const { status, stdout, stderr, error } = spawnSync(pythonWith('torch'), [script], {
  input: JSON.stringify(request),
  encoding: 'utf8',
})
if (error !== undefined) leaveOut(error.message)
for (const line of stdout.trim().split('\n').filter(Boolean)) {
  const { missing, seconds, job, ...way } = JSON.parse(line)
  if (missing !== undefined) leaveOut(missing)
  const [flop] = request.jobs.filter(({ name }) => name === job).map(stepFlop)
  const time = { job, library: 'PyTorch', device, ...way, networks: 1, flop, seconds: summarize(seconds) }
  console.log(JSON.stringify(time))
}
if (status !== 0) {
  console.error(stderr)
  process.exit(1)
}

/** @param {string} reason */
function leaveOut(reason) {
  console.log(reason)
  process.exit(statusLeftOut)
}
