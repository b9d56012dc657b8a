/** A path of thirteen lambdas: all at once, one after the other, and the time of one of them. */

import { fitMany } from 'psilon'
import { threadCount } from '../markdown.mjs'
import { fitOptions, freshNetwork, trainingData } from '../networks.mjs'
import { clearMemory, Rounds } from '../timing.mjs'

// docs/method.md, section 11
const path = [5e-5, 1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3, 5e-3, 1e-2, 2.5e-2, 5e-2, 1e-1, 2.5e-1, 5e-1]

/** @param {import('../effort.mjs').Effort} effort */
export async function lambdas({ jobs: [job], threads: counts, rounds, lambdaEpochs, report }) {
  const threads = Math.max(...counts)
  const data = trainingData(job, job.epochBatches)
  const fit = (lambda, options) => ({
    network: freshNetwork(job),
    data,
    options: { ...fitOptions(job), lambda, epochs: lambdaEpochs, ...options },
  })
  report(`${path.length} lambdas, ${threadCount(threads)}`)
  const measured = await new Rounds().run(rounds, {
    one: () => timed([fit(path[0], { threads: 1 })], oneByOne),
    sequential: () =>
      timed(
        path.map((lambda) => fit(lambda, { threads })),
        oneByOne,
      ),
    together: () =>
      timed(
        path.map((lambda) => fit(lambda, {})),
        (fits) => fitMany(fits, { threads }),
      ),
  })
  const [one, sequential, together] = ['one', 'sequential', 'together'].map((name) => measured.summary(name))
  return {
    ...{ job: job.name, lambdas: path.length, epochs: lambdaEpochs, threads, one, sequential, together },
    ratio: together.median / one.median,
    gain: sequential.median / together.median,
  }
}

async function timed(fits, train) {
  clearMemory()
  const begin = performance.now()
  await train(fits)
  const seconds = (performance.now() - begin) / 1e3
  for (const { network } of fits) network.dispose()
  return [seconds]
}

async function oneByOne(fits) {
  for (const { network, data, options } of fits) await network.fit(data, options)
}
