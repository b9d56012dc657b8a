/** Most memory that the core holds during a fit, beside what it foretells. */

import { native } from '#psilon/native.js'
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
    const size = { rows: job.batch * batches, validationRows: 0, batchSize: job.batch }
    const formula = native.memory(net.config, { ...size, prune: prune !== undefined, earlyStopping: false })
    const peak = await peakBytes(() =>
      net.fit(trainingData(job, batches), { ...fitOptions(job), prune, threads, epochs: 4 }),
    )
    net.dispose()
    const { name, batch, hidden, depth } = job
    if (peak === undefined) return { skipped: 'this build of the core does not count its memory' }
    results.push({ job: name, batch, hidden, depth, pruned: prune !== undefined, threads, peak, formula })
  }
  return results.map((each) => ({ ...each, ratio: each.peak / each.formula }))
}
