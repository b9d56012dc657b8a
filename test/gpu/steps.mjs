/** Time of a training step of the benchmark's jobs, on the GPU and on the CPU, as lines of JSON. */

import { jobs } from '../../bench/jobs.mjs'
import { fitOptions, freshNetwork, trainingData } from '../../bench/networks.mjs'
import { summarize } from '../../bench/timing.mjs'

const batches = 40
const epochs = 8

for (const job of jobs) {
  const data = trainingData(job, batches)
  for (const device of /** @type {const} */ (['cuda', 'cpu'])) {
    const net = freshNetwork(job)
    const { epochs: finished, device: used } = await net.fit(data, { ...fitOptions(job), epochs, device })
    const ends = finished.map(({ seconds }) => seconds)
    // epochs with their figures, without the first, which warms up
    const seconds = summarize(ends.slice(1).map((end, k) => (end - ends[k]) / batches))
    console.log(JSON.stringify({ job: job.name, device: used, batches, seconds }))
    net.dispose()
  }
}
