/**
 * Networks of a shape that train at once, through graphs, with all stages of a fit: small, as it runs under
 * compute-sanitizer, which slows each kernel down a hundredfold.
 */

import assert from 'node:assert/strict'
import { fitMany, PsilonNet, PsilonResNet } from 'psilon'
import { generator } from '../../bench/random.mjs'

const next = generator(3)
const x = Array.from({ length: 70 }, () => [next(), next(), next()])
const data = { x, y: x.map(([a, b, c]) => [a * b + c]) }
const networks = 3
const epochs = 6

for (const Network of [PsilonNet, PsilonResNet]) {
  for (const precision of /** @type {const} */ (['float32', 'tf32'])) {
    const fits = Array.from({ length: networks }, (_, k) => ({
      network: new Network({ inputs: 3, hidden: 40, depth: 2, outputs: 1, seed: 1 + k, dtype: 'float32' }),
      data,
      // the last batch of an epoch is a smaller one
      options: { epochs, batchSize: 20, lambda: 1e-3 * (1 + k), prune: { sparsity: 0.6 }, validation: data, precision },
    }))
    const histories = await fitMany(fits, { device: 'cuda' })
    for (const { stopped, epochs: all } of histories) {
      assert.equal(stopped, 'completed')
      assert.ok(
        all.length === epochs && all.every(({ loss, validationLoss }) => loss > 0 && Number(validationLoss) > 0),
      )
    }
    for (const { network } of fits) network.dispose()
    console.log(`${Network.name}, ${precision}: ${networks} networks, ${epochs} epochs`)
  }
}
