/** Time of a training step of the benchmark's jobs, on the GPU, exact and in tf32, and on the CPU, as lines of JSON. */

import { jobs } from '../../bench/jobs.mjs'
import { fitOptions, freshNetwork, trainingData } from '../../bench/networks.mjs'
import { summarize } from '../../bench/timing.mjs'

const batches = 40
const repeats = 5
/** @type {['cuda' | 'cpu', 'float32' | 'tf32'][]} */
const runs = [
  ['cuda', 'float32'],
  ['cuda', 'tf32'],
  ['cpu', 'float32'],
]
/** Epochs of a short and of a long fit: what both need besides their epochs falls out of the difference. */
const lengths = { cuda: [10, 110], cpu: [1, 3] }

for (const job of jobs) {
  const data = trainingData(job, batches)
  for (const [device, precision] of runs) {
    const [short, long] = lengths[device]
    let used
    const secondsOf = async (epochs) => {
      const net = freshNetwork(job)
      const history = await net.fit(data, { ...fitOptions(job), epochs, device, precision })
      net.dispose()
      used = history.device
      return history.seconds
    }
    await secondsOf(short) // warms up
    const steps = []
    for (let k = 0; k < repeats; k++) {
      const seconds = (await secondsOf(long)) - (await secondsOf(short))
      steps.push(seconds / (long - short) / batches)
    }
    console.log(JSON.stringify({ job: job.name, device: used, batches, seconds: summarize(steps) }))
  }
}
