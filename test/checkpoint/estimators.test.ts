import { join } from 'node:path'
import {
  type EstimatorFitOptions,
  PsilonClassifier,
  type PsilonError,
  PsilonRegressor,
  type RegressorOptions,
} from 'psilon'
import t from 'tap'
import { readCheckpoint, writeCheckpoint } from '#psilon/checkpoint/checkpoint-file.js'
import { someHouses } from '../support/houses.js'
import { bits, copies, reopen } from './networks.js'

const houses = someHouses(160)
const few = { seed: 5, batchSize: 20, hidden: 8 }
const searching = { ...few, epochs: 8 }

const cases: [string, () => PsilonRegressor | PsilonClassifier, EstimatorFitOptions][] = [
  ['one fit', () => new PsilonRegressor({ ...few, preset: 'paper', epochs: 12 }), { target: 'price' }],
  [
    'an average whose fits run side by side',
    () => new PsilonRegressor({ ...few, preset: 'paper', epochs: 12, ensemble: 3, threads: 3 }),
    { target: 'price' },
  ],
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

/** Between one event and the next. */
const largestStep = (progress: readonly number[]) => Math.max(0, ...progress.slice(1).map((p, k) => p - progress[k]))

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
    const progress: number[] = []
    for await (const event of run) progress.push(event.progress)
    const step = largestStep(progress)
    await reopen(path)
    const some = all.filter((_, k) => k % Math.ceil(all.length / 5) === 0)
    for (const copy of [...some, path]) {
      const again = make()
      const run = again.fit(rows, { ...options, checkpoint: { path: copy, everySeconds: 1000 } })
      const told: number[] = []
      for await (const { progress } of run) told.push(progress)
      t.ok(told.every((progress) => progress > 0 && progress <= 1))
      t.ok(largestStep(told) <= step + 1e-9, 'what was done before is told at once, not as work of this process')
      t.strictSame(plain(await run), expected)
      t.ok(again.toBuffer().equals(whole.toBuffer()), 'the same model')
      if (copy === path) t.equal(told.length, 0, 'nothing is trained again')
    }
  })
}

t.test('fits that diverge are not trained again', async (t) => {
  const folder = t.testdir()
  const fitted = async (options: RegressorOptions, checkpoint?: object) => {
    const model = new PsilonRegressor({ ...few, preset: 'paper', epochs: 10, ...options })
    const run = model.fit(houses, { target: 'price', checkpoint } as never)
    let told = 0
    try {
      for await (const _ of run) told++
      return { told, end: plain(await run), model: model.toBuffer() }
    } catch (error) {
      const { code, message, details } = error as PsilonError
      return { told, end: { code, message, details }, model: model.members.map(({ parameters }) => bits(parameters)) }
    }
  }
  const cases: RegressorOptions[] = [
    { learningRate: 1e38, batchSize: 160, ensemble: 3 }, // all of them, in a late epoch
    { learningRate: 1e38, batchSize: 160 },
    { lambda: 'auto', lambdas: [1e-2, 1e308, 1e-3], regWeight: 1 },
  ]
  for (const [k, options] of cases.entries()) {
    const path = join(folder, `${k}.checkpoint`)
    const whole = await fitted(options)
    t.ok(whole.told > 0)
    await fitted(options, { path, everySeconds: 0 })
    await reopen(path)
    const { sections } = await readCheckpoint(path)
    const kinds = Array.from(sections.values(), ({ facts }) => Object(facts).kind)
    t.ok(kinds.includes('divergence') && !kinds.includes('snapshot'), `${kinds}`)
    t.strictSame(await fitted(options, { path, everySeconds: 1000 }), { ...whole, told: 0 })
  }
})

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
