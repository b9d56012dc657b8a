/**
 * checkpointed-run.mjs KIND PATH SECONDS: trains with a checkpoint in PATH, prints `epoch NUMBER SECONDS` as it goes, and at
 * the end `end DIGEST` of what it trained. Without PATH there is no checkpoint.
 */

import { createHash } from 'node:crypto'
import { PsilonClassifier, PsilonNet, PsilonRegressor, PsilonResNet } from 'psilon'

const [kind, path, seconds] = process.argv.slice(2)
const checkpoint = path === undefined ? undefined : { path, everySeconds: Number(seconds) }

const noise = (k) => Math.sin(12.9898 * k) / 2
const rows = Array.from({ length: 400 }, (_, i) => [0, 1, 2, 3, 4].map((j) => noise(5 * i + j)))
const values = rows.map(([a, b]) => 2 * a + Math.sin(3 * b))
const table = rows.map(([a, b, c, d, e], i) => ({
  a,
  b,
  c,
  d,
  e,
  value: values[i],
  sign: values[i] > 0 ? 'up' : 'down',
}))
const validation = { x: rows.slice(300), y: values.slice(300), every: 5 }
const data = { x: rows.slice(0, 300), y: values.slice(0, 300) }
const shape = { inputs: 5, outputs: 1, seed: 3 }

/** Each trains for one to three seconds on one thread. */
const kinds = {
  'pruned network': () => {
    const network = new PsilonNet({ ...shape, hidden: [48, 48] })
    const options = {
      epochs: 6000,
      batchSize: 32,
      prune: { sparsity: 0.6 },
      validation,
      earlyStopping: { patience: 3000 },
    }
    return { model: network, run: network.fit(data, { ...options, threads: 1, checkpoint }) }
  },
  'residual network in float64': () => {
    const network = new PsilonResNet({ ...shape, hidden: 32, depth: 3, dtype: 'float64', normalization: 'l2' })
    return { model: network, run: network.fit(data, { epochs: 3500, batchSize: 32, threads: 1, checkpoint }) }
  },
  'search and average': () => {
    const model = new PsilonRegressor({ seed: 2, epochs: 80, ensemble: 4, ignore: ['sign'], threads: 2 })
    return { model, run: model.fit(table, { target: 'value', checkpoint }) }
  },
  'classes with a validation table': () => {
    const model = new PsilonClassifier({ seed: 2, epochs: 120, ensemble: 3, ignore: ['value'], threads: 2 })
    return { model, run: model.fit(table.slice(0, 300), { target: 'sign', validation: table.slice(300), checkpoint }) }
  },
}

if (kind === undefined) console.log(Object.keys(kinds).join('\n'))
else {
  const { model, run } = kinds[kind]()
  for await (const { fit = 1, epoch, seconds } of run) process.stdout.write(`epoch ${fit} ${epoch} ${seconds}\n`)
  await run
  console.log(`end ${createHash('sha256').update(model.toBuffer()).digest('hex')}`)
}
