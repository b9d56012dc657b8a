import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { type SweepOptions, type SweepSummary, sweep, version } from 'psilon'
import t from 'tap'
import { readCheckpoint, writeCheckpoint } from '#psilon/checkpoint/checkpoint-file.js'
import { type Plan, planSweep } from '#psilon/sweep/plan.js'
import type { TrialResult } from '#psilon/sweep/run-trial.js'
import { runTrials } from '#psilon/sweep/run-trials.js'
import { FolderStore } from '#psilon/sweep/store.js'
import type { Trial } from '#psilon/sweep/trial.js'
import { TrialThreads } from '#psilon/sweep/trial-threads.js'
import { refuses } from '../support/refusal.js'
import { small, values } from './tables.js'

const spec = {
  ...{ data: values(), target: 'y', base: small, folds: 2 },
  grid: { lambda: [1e-3, 0.1, 1], learningRate: [0.02, 1e30], schedule: ['constant'] },
} satisfies SweepOptions

const trialsIn = (store: string) => readdirSync(join(store, 'trials')).sort()

t.test('a store keeps each finished trial, and nothing is computed twice', async (t) => {
  const store = join(t.testdir(), 'not', 'there', 'yet')
  const whole = await sweep({ ...spec, store })
  t.equal(whole.known, 0)
  t.strictSame(trialsIn(store), whole.trials.map(({ key }) => `${key}.json`).sort())
  const before = trialsIn(store).map((name) => readFileSync(join(store, 'trials', name), 'utf8'))
  const events: unknown[] = []
  const run = sweep({ ...spec, store })
  for await (const event of run) events.push(event)
  t.strictSame(events, [])
  const again = await run
  t.equal(again.known, 12)
  t.strictSame({ ...again, known: 0 }, whole, 'durations and failures too')
  t.strictSame(
    trialsIn(store).map((name) => readFileSync(join(store, 'trials', name), 'utf8')),
    before,
  )
})

t.test('stopped anywhere and continued, a sweep gives the same figures', async (t) => {
  const whole = await sweep(spec)
  const store = t.testdir()
  for (const stop of [1, 4, 5]) {
    const run = sweep({ ...spec, store, threads: 2 })
    let computed = 0
    for await (const _ of run) if (++computed === stop) run.cancel()
    await run
  }
  const { known, trials, settings, best, stopped } = await sweep({ ...spec, store })
  t.ok(known >= 10)
  t.equal(stopped, 'completed')
  t.equal(best, whole.best)
  const timeless = (summary: Pick<SweepSummary, 'trials'>) =>
    summary.trials.map(({ measured, ...trial }) => ({ ...trial, measured: measured && { ...measured, seconds: 0 } }))
  t.strictSame(timeless({ trials }), timeless(whole))
  t.strictSame(
    settings.map(({ score }) => score),
    whole.settings.map(({ score }) => score),
  )
})

t.test('another metric computes nothing, a wider grid only what is new', async (t) => {
  const store = t.testdir()
  await sweep({ ...spec, store })
  t.equal((await sweep({ ...spec, store, metric: 'r2' })).known, 12)
  const grid = { ...spec.grid, lambda: [0.5, 1, 0.1, 1e-3] }
  t.equal((await sweep({ ...spec, store, grid })).known, 12)
  t.match(JSON.parse(readFileSync(join(store, 'sweep.json'), 'utf8')), {
    ...{
      format: 'psilon-sweep',
      version,
      rows: 60,
      target: 'y',
      task: 'regression',
      metric: 'rmse',
      folds: 2,
      seeds: [0],
    },
    settings: { length: 8, 0: { ...small, lambda: 0.5 } },
  })
})

t.test('a result that is damaged, changed or another one runs again, and is named', async (t) => {
  const store = t.testdir()
  const whole = await sweep({ ...spec, store })
  const path = (k: number) => join(store, 'trials', `${whole.trials[k]?.key}.json`)
  const text = (k: number) => readFileSync(path(k), 'utf8')
  const kept = [0, 1, 2, 3, 4, 5].map(text)
  writeFileSync(path(0), text(0).replace(/"rmse":\d/, '"rmse":7'))
  writeFileSync(path(1), text(1).slice(0, 100))
  writeFileSync(path(2), text(3))
  writeFileSync(path(4), 'not a result')
  writeFileSync(path(5), '[]')
  writeFileSync(join(store, 'trials', '.DS_Store'), 'of the system')
  const again = await sweep({ ...spec, store })
  t.equal(again.known, 7)
  t.strictSame(
    [...again.notes].sort(),
    [
      `${path(0)} has been damaged or changed`,
      `${path(1)} is not JSON`,
      `${path(2)} is not the result of its trial`,
      `${path(4)} is not JSON`,
      `${path(5)} is not the result of its trial`,
    ].sort(),
  )
  const timeless = (text: string) => text.replace(/"seconds":[\d.e-]+|"sha256":"\w+"/g, '')
  for (const k of [0, 1, 2, 3, 4, 5]) t.equal(timeless(text(k)), timeless(kept[k] as string))
  t.strictSame((await sweep({ ...spec, store })).notes, [])
})

t.test('several sweeps on one store at once damage nothing', async (t) => {
  const store = t.testdir()
  const runs = await Promise.all([1, 2, 3].map((threads) => sweep({ ...spec, store, threads })))
  const scores = ({ settings }: SweepSummary) =>
    settings.map(({ score, weights, failures }) => [score, weights, failures])
  for (const run of runs) t.strictSame(scores(run), scores(runs[0] as SweepSummary))
  t.equal(trialsIn(store).length, 12)
  const after = await sweep({ ...spec, store })
  t.match(after, { known: 12, notes: [] })
})

/** Runs a trial to its end, or stops it once there is a checkpoint. */
async function runTrial({ trials, data }: Plan, store: FolderStore, { stopEarly = false } = {}) {
  const [trial] = trials as [Trial]
  const stop = new AbortController()
  const results: TrialResult[] = []
  const runner = TrialThreads.forTrials(data, trials, 1)
  const running = runTrials(trials, runner, store, { stop: stop.signal, done: (result) => results.push(result) })
  let over = false
  const ended = running.finally(() => {
    over = true
    return runner.close()
  })
  while (stopEarly && !over && !existsSync(store.checkpoint(trial).path)) await setTimeout(1)
  if (stopEarly) stop.abort()
  await ended
  return results.map(({ measured }) => ({ ...measured, seconds: 0 }))
}

/** A trial that was stopped before it ended: of so many epochs that this machine does not finish them before it is stopped. */
async function stoppedTrial(folder: string) {
  for (let epochs = 600; ; epochs *= 4) {
    // steps that take longer than what is told of them
    const base = { ...small, hidden: 128, depth: 3, batchSize: 10, epochs }
    const plan = await planSweep({ data: values(), target: 'y', base, grid: { lambda: [1e-3] }, test: 0.2 })
    const store = await FolderStore.open(join(folder, `${epochs}`), {}, 0)
    if ((await runTrial(plan, store, { stopEarly: true })).length === 0) return { plan, store, epochs }
  }
}

t.test('a trial that was stopped goes on from its checkpoint', async (t) => {
  const folder = t.testdir()
  const { plan, store: stopped, epochs } = await stoppedTrial(folder)
  const [trial] = plan.trials as [Trial]
  const run = (store: FolderStore) => runTrial(plan, store)
  const [expected] = await run(await FolderStore.open(join(folder, 'whole'), {}, 1000))
  const { path } = stopped.checkpoint(trial)
  cpSync(join(folder, `${epochs}`), join(folder, 'changed'), { recursive: true })
  t.strictSame(await run(stopped), [expected])
  t.notOk(existsSync(path), 'an ended trial needs none')

  const changed = await FolderStore.open(join(folder, 'changed'), {}, 1000)
  const contents = await readCheckpoint(changed.checkpoint(trial).path)
  for (const { numbers } of contents.sections.values()) numbers.parameters?.fill(0.5)
  await writeCheckpoint(changed.checkpoint(trial).path, contents)
  t.notSame(await run(changed), [expected], 'the checkpoint counts')
})

t.test('a trial that another process has finished meanwhile is not run again', async (t) => {
  const [here, there] = [join(t.testdir(), 'here'), join(t.testdir(), 'there')]
  const other = await sweep({ ...spec, store: there })
  const run = sweep({ ...spec, store: here, threads: 1 })
  for await (const { done } of run) {
    if (done > 1) continue
    for (const name of trialsIn(there)) renameSync(join(there, 'trials', name), join(here, 'trials', name))
  }
  const { trials } = await run
  t.equal(trials.length, 12)
  // the first may have been computed before the files came; the others have the durations of the other process
  t.strictSame(trials.slice(2), other.trials.slice(2))
})

t.test('a folder that holds anything else is refused, and stays as it is', async (t) => {
  const folder = t.testdir({ 'notes.txt': 'mine', file: 'a file' })
  const expected = 'expected an empty folder or one in which psilon keeps a sweep'
  await refuses(t, 'ERR_FILE', `[sweep] the folder ${folder} holds file, notes.txt, ${expected}`, () =>
    sweep({ ...spec, store: folder }),
  )
  t.strictSame(readdirSync(folder).sort(), ['file', 'notes.txt'])
  const file = join(folder, 'file')
  await refuses(t, 'ERR_FILE', `[sweep] ${file} is a file, expected a folder`, () => sweep({ ...spec, store: file }))
  for (const [text, fault] of [
    ['{"format":"other"}', 'is not of a sweep of psilon'],
    ['{"format":', 'is not JSON'],
    ['null', 'is not of a sweep of psilon'],
  ] as const) {
    const other = join(t.testdir(), 'other')
    mkdirSync(other)
    writeFileSync(join(other, 'sweep.json'), text)
    const path = join(other, 'sweep.json')
    await refuses(t, 'ERR_FILE', `[sweep] ${path} ${fault}, ${expected}`, () => sweep({ ...spec, store: other }))
    t.equal(readFileSync(path, 'utf8'), text)
  }
  await refuses(t, 'ERR_OPTION', '[sweep] store must be a text that is not empty, got 3', () =>
    sweep({ ...spec, store: 3 as never }),
  )
})
