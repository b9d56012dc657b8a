import { threadCount } from '../markdown.mjs'
import { freshNetwork } from '../networks.mjs'
import { besideRoundTrip } from '../round-trip.mjs'
import { stepSeconds } from '../steps.mjs'
import { Rounds } from '../timing.mjs'

/** @typedef {{ peer: string, setting: string, measure: () => Promise<number[]> }} Setting */

/**
 * Time of a training step: psilon's best number of threads, and each setting of each peer.
 *
 * @param {import('../jobs.mjs').Job} job
 * @param {{ peer: string, setting: string, process: import('../peer.mjs').Peer }[]} peers
 * @param {import('../effort.mjs').Effort} effort
 */
export async function versusTraining(job, peers, effort) {
  const net = freshNetwork(job)
  /** @type {(Setting & { roundTrip?: () => import('../timing.mjs').Summary | undefined })[]} */
  const settings = [
    ...effort.threads.map((threads) => ({
      ...{ peer: 'psilon', setting: threadCount(threads) },
      ...besideRoundTrip(threads, () => stepSeconds(net, job, threads, effort)),
    })),
    ...peers.map(({ peer, setting, process }) => ({ peer, setting, measure: () => steps(process, job, effort.quick) })),
  ]
  effort.report(`versus, steps, ${job.name}: ${settings.length} settings`)
  const measured = await new Rounds().run(
    effort.rounds,
    Object.fromEntries(settings.map(({ peer, setting, measure }) => [`${peer} ${setting}`, measure])),
  )
  net.dispose()
  const all = settings.map(({ peer, setting, roundTrip }) => ({
    ...{ peer, setting, seconds: measured.summary(`${peer} ${setting}`), roundTrip: roundTrip?.() },
  }))
  const ours = bestOf(all, 'psilon')
  const names = [...new Set(peers.map(({ peer }) => peer))]
  const ratios = names.map((peer) => ({ peer, ratio: bestOf(all, peer) / ours }))
  return { job: job.name, settings: all, ratios }
}

function bestOf(settings, name) {
  return Math.min(...settings.filter(({ peer }) => peer === name).map(({ seconds }) => seconds.median))
}

async function steps(process, job, quick) {
  // so that a turn takes a second or two
  const slow = process.name.startsWith('TensorFlow')
  const request = quick ? { batches: 1, repeats: 1 } : { batches: slow ? 2 : 5, repeats: slow ? 2 : 5 }
  const { seconds } = await process.ask({ job, ...request })
  return seconds
}
