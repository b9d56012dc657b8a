/** Small networks: a step on one thread beside the peak and beside PyTorch, a whole fit, and many fits at once. */

import { processors } from '#psilon/machine/processors.js'
import { small as smallJob, smallNeighbours, stepFlop } from '../jobs.mjs'
import { fitOptions, freshNetwork, trainingData } from '../networks.mjs'
import { besidePeak, peakSample } from '../peak.mjs'
import { openPeers, pyTorch } from '../peers.mjs'
import { stepTimer } from '../steps.mjs'
import { clearMemory, Rounds, summarize } from '../timing.mjs'
import { lambdas } from './lambdas.mjs'

/** @param {import('../effort.mjs').Effort} effort */
export async function small(effort) {
  const { opened, skipped, versions } = await openPeers(pyTorch([1]))
  for (const [name, reason] of Object.entries(skipped)) effort.report(`${name} is left out: ${reason}`)
  const jobs = effort.quick ? [smallJob] : [smallJob, ...smallNeighbours]
  const steps = []
  for (const job of jobs) steps.push(await step(job, opened[0]?.process, effort))
  for (const { process } of opened) process.end()
  const threads = processors() > 1 ? [1, 2] : [1]
  return {
    ...{ versions, skipped, steps, fit: await wholeFit(effort) },
    lambdas: await lambdas({ ...effort, jobs: [smallJob], threads, lambdaEpochs: effort.quick ? 1 : 200 }),
  }
}

async function step(job, torch, effort) {
  const net = freshNetwork(job)
  const timer = await stepTimer(net, job, 1, {
    ...effort,
    epochs: Math.ceil(effort.epochs / 3),
    pass: effort.pass / 10,
  })
  const [{ seconds, peak, flopAtPeak }] = await besidePeak(3 * effort.rounds, () => peakSample(1, 'float32'), [timer])
  net.dispose()
  const flop = stepFlop(job)
  const batches = effort.quick ? 1 : 100
  const peer = torch && summarize((await torch.ask({ job, batches, repeats: effort.rounds })).seconds)
  effort.report(`${job.name}: ${(1e6 * seconds.median).toFixed(1)} us`)
  const share = flop / flopAtPeak.median
  return { job: job.name, flop, seconds, peak, share, ...(peer && { peer, ratio: peer.median / seconds.median }) }
}

/** From a table to a model: processor seconds of the whole process, and how many of them the steps take. */
async function wholeFit(effort) {
  const epochs = effort.quick ? 2 : 200
  const data = trainingData({ ...smallJob, batch: 2000 }, 1)
  const measured = await new Rounds().run(effort.rounds, {
    fit: async () => {
      clearMemory()
      const before = process.cpuUsage()
      const net = freshNetwork(smallJob)
      await net.fit(data, { ...fitOptions(smallJob), epochs, threads: 1 })
      net.dispose()
      const { user, system } = process.cpuUsage(before)
      return [(user + system) / 1e6]
    },
  })
  return {
    rows: 2000,
    epochs,
    batch: smallJob.batch,
    steps: epochs * Math.ceil(2000 / 64),
    processor: measured.summary('fit'),
  }
}
