/**
 * Time of a training step of the benchmark's jobs, of one network and of thirteen at once, on the GPU, exact and in tf32,
 * and of one on the CPU, as lines of JSON.
 */

import { fitMany } from 'psilon'
import { jobs, stepFlop } from '../../bench/jobs.mjs'
import { fitOptions, freshNetwork, trainingData } from '../../bench/networks.mjs'
import { summarize } from '../../bench/timing.mjs'

const batches = 40
const repeats = 5
/** @type {{ device: 'cuda' | 'cpu', precision: 'float32' | 'tf32', networks: number }[]} */
const runs = [
  { device: 'cuda', precision: 'float32', networks: 1 },
  { device: 'cuda', precision: 'float32', networks: 13 },
  { device: 'cuda', precision: 'tf32', networks: 1 },
  { device: 'cuda', precision: 'tf32', networks: 13 },
  { device: 'cpu', precision: 'float32', networks: 1 },
]
/** Epochs of a short and of a long fit: what both need besides their epochs falls out of the difference. */
const lengths = { cuda: [10, 110], cpu: [1, 3] }

for (const job of jobs) {
  const data = trainingData(job, batches)
  for (const { device, precision, networks } of runs) {
    const [short, long] = lengths[device]
    let used
    const secondsOf = async (epochs) => {
      const fits = Array.from({ length: networks }, (_, k) => ({
        network: freshNetwork(job),
        data,
        options: { ...fitOptions(job), lambda: job.lambda * 2 ** (k / 2), epochs, precision },
      }))
      const histories = await fitMany(fits, { device })
      for (const { network } of fits) network.dispose()
      used = histories[0].device
      return Math.max(...histories.map(({ seconds }) => seconds))
    }
    await secondsOf(short) // warms up
    const steps = []
    for (let k = 0; k < repeats; k++) {
      const seconds = (await secondsOf(long)) - (await secondsOf(short))
      steps.push(seconds / (long - short) / batches)
    }
    const seconds = summarize(steps)
    const flop = networks * stepFlop(job)
    const way = { job: job.name, library: 'psilon', device, precision, networks }
    console.log(JSON.stringify({ ...way, batches, flop, seconds, used }))
  }
}
