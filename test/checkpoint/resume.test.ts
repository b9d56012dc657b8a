import { join } from 'node:path'
import type { Epoch, FitOptions } from 'psilon'
import t from 'tap'
import { readCheckpoint } from '#psilon/checkpoint/checkpoint-file.js'
import { bits, copies, networks, reopen, usual, withoutTime } from './networks.js'

const kinds = ['mlp', 'resnet'] as const
const configs = [{}, { dtype: 'float64' }, { normalization: 'l2' }, { normalization: 'none' }, { sharedLength: false }]
const pruned = { prune: { sparsity: 0.5, from: 0.25, to: 0.5 } }
const stopping = { earlyStopping: { patience: 4 } }
const ways: FitOptions[] = [
  ...[{}, pruned, { projection: 'every-step' as const }, { regularizer: 'l2' as const }],
  ...[stopping, { ...pruned, ...stopping }],
]
/** Some of the copies, at different epochs. */
async function apart(paths: readonly string[]): Promise<{ path: string; epoch: number }[]> {
  const found = new Map<number, string>()
  for (const path of paths) {
    const facts = (await readCheckpoint(path)).sections.get('fit')?.facts as { position: { epoch: number } }
    found.set(facts.position.epoch, path)
  }
  const all = [...found].map(([epoch, path]) => ({ epoch, path }))
  return all.filter((_, k) => k % Math.ceil(all.length / 6) === 0 || k === all.length - 1)
}

t.test('a fit that goes on ends with the bits of one that never stopped', async (t) => {
  const folder = t.testdir()
  let fits = 0
  for (const kind of kinds) {
    for (const config of configs) {
      const { make, data, validation } = networks(kind, config)
      for (const way of ways) {
        if (config.normalization === 'none' && (way.prune || way.projection)) continue
        const options = { ...usual, ...way, ...(way.earlyStopping && { validation }) }
        const whole = make()
        const expected = await whole.fit(data, options)
        const path = join(folder, `${fits++}.checkpoint`)
        const checkpoint = { path, everySeconds: 0 }
        const first = make().fit(data, { ...options, threads: 1, checkpoint })
        const all = await copies(first, path)
        t.strictSame(withoutTime(await first), withoutTime(expected), 'a checkpoint does not change a fit')
        for (const copy of await apart(all)) {
          const again = make()
          const name = `${kind} ${JSON.stringify({ ...config, ...way })} ${copy.epoch}`
          const run = again.fit(data, { ...options, threads: 2, checkpoint: { path: copy.path, everySeconds: 1000 } })
          const told: Epoch[] = []
          for await (const epoch of run) told.push(epoch)
          t.strictSame(withoutTime(await run), withoutTime(expected), name)
          t.strictSame(bits(again.parameters), bits(whole.parameters), name)
          t.equal(told[0]?.epoch, copy.epoch + 1, `${name}: goes on behind it`)
        }
      }
    }
  }
})

t.test('history and time go on too', async (t) => {
  const { make, data } = networks('mlp')
  const path = join(t.testdir(), 'run.checkpoint')
  const before = await make().fit(data, { ...usual, checkpoint: { path, everySeconds: 0 } })
  await reopen(path)
  const { epochs, seconds } = await make().fit(data, { ...usual, checkpoint: { path } })
  t.equal(epochs.length, 24)
  t.strictSame(epochs.slice(0, 23), before.epochs.slice(0, 23), 'the figures before it was stopped')
  t.ok(seconds >= before.epochs[22].seconds)
})
