/**
 * Fits on the CPU and twice on the GPU: near the CPU's, with the same bits both times; and two networks at once on the
 * GPU, twice, of which the first is near too.
 */

import { fitMany, PsilonNet, PsilonResNet } from 'psilon'
import { generator } from '../../bench/random.mjs'

const next = generator(11)
const rows = Array.from({ length: 600 }, () => [next(), next(), next(), next()])
const data = { x: rows, y: rows.map(([a, b, c, d]) => [a * b + Math.sin(3 * c) + 0.1 * d]) }
const networks = { PsilonNet, PsilonResNet }
const tolerance = { float64: 1e-7, float32: 1e-3 } // of a trajectory of some hundred steps
const fits = {
  plain: {},
  pruning: { prune: { sparsity: 0.8 } },
  'explicit path norm': { regularizer: /** @type {const} */ ('path') },
}

let failed = 0
for (const [kind, Network] of Object.entries(networks)) {
  for (const dtype of /** @type {const} */ (['float64', 'float32'])) {
    for (const [name, options] of Object.entries(fits)) {
      const fit = { epochs: 30, batchSize: 100, lambda: 1e-3, ...options }
      /** Losses of the first of so many networks. */
      const losses = async (device, count) => {
        const together = Array.from({ length: count }, (_, k) => ({
          network: new Network({ inputs: 4, hidden: 64, depth: 3, outputs: 1, seed: 1 + k, dtype }),
          data,
          options: { ...fit, lambda: fit.lambda * (1 + k) },
        }))
        const [{ epochs }] = await fitMany(together, { device })
        for (const { network } of together) network.dispose()
        return epochs.map(({ loss }) => loss)
      }
      const cpu = await losses('cpu', 1)
      for (const count of [1, 2]) {
        const [first, second] = [await losses('cuda', count), await losses('cuda', count)]
        const error = Math.max(...cpu.map((loss, k) => Math.abs(first[k] / loss - 1)))
        const same = first.every((loss, k) => loss === second[k])
        const passed = same && error <= tolerance[dtype]
        if (!passed) failed++
        const bits = same ? 'the same bits twice' : 'NOT the same bits twice'
        const what = `${kind} ${dtype} ${name}, ${count} at once`
        console.log(`${passed ? 'ok' : 'FAILED'} ${what}: ${error.toExponential(1)} from the CPU, ${bits}`)
      }
    }
  }
}
process.exitCode = failed === 0 ? 0 : 1
