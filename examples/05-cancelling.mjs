// A fit can be ended at any time: by cancel(), by a signal, by early stopping. What was learned by then can be used.
import { PsilonError, PsilonRegressor } from 'psilon'
import { bundledRows } from './rows.mjs'

const rows = bundledRows('wine_quality.csv.gz')
const [train, test] = [rows.slice(0, 1000), rows.slice(1000, 3000)]
const setting = /** @type {const} */ ({ preset: 'paper', hidden: 100, lambda: 1e-2, seed: 1 })
const options = { ...setting, epochs: 1_000_000, batchSize: 200 }
const score = async (/** @type {PsilonRegressor} */ model) => `R2 of new wines ${(await model.score(test)).toFixed(3)}`

console.log('cancel() ends a run within a batch; its promise resolves with what there is')
const first = new PsilonRegressor({ ...options, schedule: 'constant' })
const run = first.fit(train, { target: 'target' })
for await (const { epoch } of run) if (epoch === 60) run.cancel() // break would only stop listening
const { stopped, epoch } = await run
console.log(`  ${stopped} after epoch ${epoch} of ${options.epochs}; ${await score(first)}\n`)

console.log('an aborted signal ends it too, AbortSignal.timeout(60_000) for example, but its promise rejects')
const controller = new AbortController()
const second = new PsilonRegressor({ ...options, schedule: 'constant' })
try {
  const run = second.fit(train, { target: 'target', signal: controller.signal })
  for await (const { epoch } of run) if (epoch === 60) controller.abort()
} catch (error) {
  if (!(error instanceof PsilonError)) throw error
  const { stopped, epochs } = /** @type {import('psilon').FitSummary} */ (error.details.history)
  console.log(
    `  ${error.code}: ${error.message}; ${stopped} after epoch ${epochs.at(-1)?.epoch}; ${await score(second)}\n`,
  )
}

console.log('early stopping ends it when the loss on held-out rows no longer falls, and keeps the best epoch')
const third = new PsilonRegressor({ ...options, schedule: 'constant', earlyStopping: { patience: 30 } })
const summary = await third.fit(train, { target: 'target' })
console.log(
  `  ${summary.stopped} after epoch ${summary.epochs.at(-1)?.epoch}, the best was ${summary.epoch}; ${await score(third)}\n`,
)

console.log('a run that ends before its first epoch leaves the model as it was')
const again = third.fit(train, { target: 'target' })
again.cancel()
console.log(`  ${(await again).epochs.length} epochs; ${await score(third)}`)
third.dispose()
