/** Predictions of the same network by psilon and by ONNX Runtime, which also runs the zeros of a pruned one. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { threadCount } from '../markdown.mjs'
import { sparseNetwork } from '../networks.mjs'
import { onnxRuntime, openPeers } from '../peers.mjs'
import { table } from '../random.mjs'
import { Rounds, secondsPerCall } from '../timing.mjs'

const peer = 'ONNX Runtime'

/** What the other one gets; psilon has a pruned network always compacted. */
const models = [
  { density: 1, units: 'all' },
  { density: 0.05, units: 'all' },
  { density: 0.05, units: 'compacted' },
]

/** @param {import('../effort.mjs').Effort} effort */
export async function versusInference(effort) {
  const { opened, skipped, versions } = await openPeers([{ peer, setting: '', open: onnxRuntime }])
  const [runtime] = opened
  if (runtime === undefined) {
    effort.report(`${peer} is left out: ${skipped[peer]}`)
    return { predictions: [], skipped, versions }
  }
  const folder = mkdtempSync(join(tmpdir(), 'psilon-bench-'))
  const predictions = []
  try {
    for (const job of effort.jobs) {
      for (const { density, units } of models) {
        const net = sparseNetwork(job, density)
        const model = join(folder, `${job.name}-${density}-${units}.onnx`)
        writeModel(model, sparseNetwork(job, density, { compact: units === 'compacted' }))
        for (const rows of [1, 2000]) {
          effort.report(`versus, predictions, ${job.name}, density ${density}, ${units} units, ${rows} rows`)
          const measured = await compare(net, runtime.process, { job, model, rows }, effort)
          predictions.push({ job: job.name, density, units, rows, ...measured })
        }
        net.dispose()
      }
    }
  } finally {
    runtime.process.end()
    rmSync(folder, { recursive: true })
  }
  return { predictions, skipped, versions }
}

function writeModel(file, net) {
  writeFileSync(file, net.toOnnx())
  net.dispose()
}

async function compare(net, runtime, { job, model, rows }, { quick, threads: counts, rounds, repeats, sample }) {
  const x = table(rows, job.inputs)
  const request = { model, inputs: job.inputs, rows, repeats: quick ? 1 : 10, calls: quick || rows > 1 ? 1 : 200 }
  const settings = [
    ...counts.map((threads) => ({
      ...{ by: 'psilon', setting: threadCount(threads) },
      measure: () => secondsPerCall(() => net.predictSync(x, { threads }), { repeats, sample }),
    })),
    ...counts.map((threads) => ({
      ...{ by: peer, setting: threadCount(threads) },
      measure: async () => {
        const { seconds, outputs } = await runtime.ask({ ...request, threads })
        requireSame(net.predictSync(x).data, outputs)
        return seconds
      },
    })),
  ]
  const measured = await new Rounds().run(
    rounds,
    Object.fromEntries(settings.map(({ by, setting, measure }) => [`${by} ${setting}`, measure])),
  )
  const all = settings.map(({ by, setting }) => ({ peer: by, setting, seconds: measured.summary(`${by} ${setting}`) }))
  const best = (name) => Math.min(...all.filter(({ peer }) => peer === name).map(({ seconds }) => seconds.median))
  return { settings: all, ratio: best(peer) / best('psilon') }
}

/** Both must have computed the same function: outputs agree to 1e-3 of the largest. */
function requireSame(ours, theirs) {
  const size = Math.max(...theirs.map(Math.abs))
  const difference = Math.max(...theirs.map((value, k) => Math.abs(value - ours[k])))
  if (difference <= 1e-3 * size) return
  throw new Error(`${peer} predicts another function: outputs up to ${size} differ by ${difference}`)
}
