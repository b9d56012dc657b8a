/** Most memory that the core holds during a fit, beside what it foretells. */

import { native } from '#psilon/core/native.js'
import { fitSettings } from '#psilon/fit/settings.js'
import { peakBytes } from '../memory.mjs'
import { fitOptions, network, trainingData } from '../networks.mjs'

/** @param {import('../effort.mjs').Effort} effort */
export async function fitMemory({ jobs: [tabular, deep], threads: counts, quick, report }) {
  const threads = Math.max(...counts)
  const all = [
    { job: tabular },
    { job: tabular, prune: { sparsity: 0.9 } },
    { job: deep },
    { job: deep, prune: { sparsity: 0.9 } },
    { job: { ...tabular, batch: 4096 } },
    { job: { ...tabular, hidden: 2048 } },
    { job: { ...tabular, depth: 50 } },
  ]
  const results = []
  for (const { job, prune } of quick ? all.slice(0, 2) : all) {
    report(`memory, ${job.name}`)
    const batches = 5
    const net = network(job)
    const data = trainingData(job, batches)
    const options = { ...fitOptions(job), prune, threads, epochs: 4 }
    const rows = job.batch * batches
    const targets = job.loss === 'softmax' ? 1 : job.outputs
    const shape = { rows, targets, weighted: false, validationRows: 0 }
    const counted = native.memoryNeeded(net.config, { ...shape, options: fitSettings(options, net.config, 0).native })
    const expected = counted + 4 * rows * (job.inputs + targets)
    const { core: peak, process } = await peakBytes(() => net.fit(data, options))
    net.dispose()
    const { name, batch, hidden, depth } = job
    results.push({ job: name, batch, hidden, depth, pruned: prune !== undefined, threads, peak, expected, process })
  }
  return results.map((each) => ({ ...each, ratio: each.peak / each.expected }))
}
