import { join } from 'node:path'
import { type EstimatorFitOptions, PsilonClassifier, PsilonRegressor } from 'psilon'
import t from 'tap'
import { readCheckpoint, writeCheckpoint } from '#psilon/checkpoint/checkpoint-file.js'
import { someHouses } from '../support/houses.js'
import { copies, reopen } from './networks.js'

const houses = someHouses(160)
const few = { seed: 5, batchSize: 20, hidden: 8 }
const searching = { ...few, epochs: 8 }

const cases: [string, () => PsilonRegressor | PsilonClassifier, EstimatorFitOptions][] = [
  ['one fit', () => new PsilonRegressor({ ...few, preset: 'paper', epochs: 12 }), { target: 'price' }],
  [
    'a search by folds, pruned, and an average',
    () => new PsilonRegressor({ ...searching, preset: 'balanced', ensemble: 3 }),
    { target: 'price' },
  ],
  [
    'classes and early stopping',
    () => new PsilonClassifier({ ...searching, preset: 'fast', earlyStopping: { patience: 2 } }),
    { target: 'town' },
  ],
  [
    'a validation table, whose search gives the first member',
    () => new PsilonRegressor({ ...searching, preset: 'balanced', ensemble: 2, lambdaRule: 'one-standard-error' }),
    { target: 'price', validation: houses.slice(100) },
  ],
]

/** A summary without durations. */
const plain = (summary: object) => JSON.parse(JSON.stringify(summary, (key, value) => (key === 'seconds' ? 0 : value)))

for (const [name, make, options] of cases) {
  t.test(name, async (t) => {
    const folder = t.testdir()
    const rows = options.validation === undefined ? houses : houses.slice(0, 100)
    const whole = make()
    const expected = plain(await whole.fit(rows, options))
    const path = join(folder, 'run.checkpoint')
    const first = make()
    const run = first.fit(rows, { ...options, checkpoint: { path, everySeconds: 0 } })
    const all = await copies(run, path)
    t.strictSame(plain(await run), expected, 'a checkpoint does not change a run')
    await reopen(path)
    const some = all.filter((_, k) => k % Math.ceil(all.length / 5) === 0)
    for (const copy of [...some, path]) {
      const again = make()
      const run = again.fit(rows, { ...options, checkpoint: { path: copy, everySeconds: 1000 } })
      let told = 0
      for await (const { progress } of run) {
        t.ok(progress > 0 && progress <= 1)
        told++
      }
      t.strictSame(plain(await run), expected)
      t.ok(again.toBuffer().equals(whole.toBuffer()), 'the same model')
      if (copy === path) t.equal(told, 0, 'nothing is trained again')
    }
  })
}

t.test('what cannot be is refused', async (t) => {
  const path = join(t.testdir(), 'run.checkpoint')
  const make = () => new PsilonRegressor({ ...searching, preset: 'fast' })
  const fit = (table = houses) => make().fit(table, { target: 'price', checkpoint: { path, everySeconds: 0 } })
  await fit()
  await reopen(path)
  const message = /run\.checkpoint is the checkpoint of a run with other data or options/
  await t.rejects(fit(houses.slice(1)), { code: 'ERR_CHECKPOINT', message })
  const contents = await readCheckpoint(path)
  for (const [name, section] of contents.sections) {
    for (const facts of [null, {}, { ...(section.facts as object), score: 'good', history: 1 }]) {
      const sections = new Map(contents.sections).set(name, { ...section, facts })
      await writeCheckpoint(path, { ...contents, ended: false, sections })
      await t.rejects(fit(), { code: 'ERR_CHECKPOINT' }, name)
    }
  }
})
