import { copyFile, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { FitOptions, PsilonNet } from 'psilon'
import t from 'tap'
import { readCheckpoint, writeCheckpoint } from '#psilon/checkpoint/checkpoint-file.js'
import { bits, networks, reopen, usual } from './networks.js'

const { make, data } = networks('mlp')
const options = (path: string): FitOptions => ({ ...usual, checkpoint: { path, everySeconds: 0 } })

/** Leaves the checkpoint of a fit that was killed, and the one before. */
async function killed(path: string): Promise<void> {
  await make().fit(data, options(path))
  await reopen(path)
}

async function fitted(path: string): Promise<PsilonNet> {
  const network = make() as PsilonNet
  await network.fit(data, options(path))
  return network
}

const whole = make()
t.before(async () => {
  await whole.fit(data, usual)
})

/** Warnings of the process while something is done. */
async function warnings(work: () => Promise<unknown>): Promise<string[]> {
  const heard: string[] = []
  const listen = ({ name, message }: Error) => name === 'PsilonWarning' && heard.push(message)
  process.on('warning', listen)
  await work()
  await new Promise(setImmediate)
  process.off('warning', listen)
  return heard
}

t.test('a damaged checkpoint falls back to the one before, and says so', async (t) => {
  const path = join(t.testdir(), 'run.checkpoint')
  await killed(path)
  const sound = await readFile(path)
  const previous = await readFile(`${path}.previous`)
  const damaged: [string, Buffer][] = [
    ['empty', Buffer.alloc(0)],
    ['truncated', sound.subarray(0, sound.length - 40)],
    ['without its end', sound.subarray(0, 100)],
    ['with another number', Buffer.concat([sound.subarray(0, -4), Buffer.from([1, 2, 3, 4])])],
    ['with another text', Buffer.from(sound.toString('latin1').replace('"epoch\\":23', '"epoch\\":22'), 'latin1')],
    ['something else', Buffer.from('a,b\n1,2\n')],
  ]
  for (const [name, bytes] of damaged) {
    t.notOk(bytes.equals(sound), name)
    await writeFile(path, bytes)
    await writeFile(`${path}.previous`, previous)
    const heard = await warnings(async () =>
      t.strictSame(bits((await fitted(path)).parameters), bits(whole.parameters), name),
    )
    t.match(heard, [/run\.checkpoint.*; the run goes on from .*run\.checkpoint\.previous$/s], name)
  }
})

t.test('what cannot be read at all is refused, and stays', async (t) => {
  const path = join(t.testdir(), 'run.checkpoint')
  await writeFile(path, 'a,b\n1,2\n')
  await t.rejects(fitted(path), { code: 'ERR_CHECKPOINT', message: /^\[fit\] run\.checkpoint / })
  t.equal(await readFile(path, 'utf8'), 'a,b\n1,2\n')
  await copyFile(path, `${path}.previous`)
  await t.rejects(fitted(path), { code: 'ERR_CHECKPOINT', message: /previous cannot be read either$/ })
})

t.test('the checkpoint of another run is refused until that run has ended', async (t) => {
  const path = join(t.testdir(), 'run.checkpoint')
  await killed(path)
  const others: [string, () => Promise<unknown>][] = [
    ['other options', () => make().fit(data, { ...options(path), lambda: 0.5 })],
    ['other rows', () => make().fit({ ...data, y: data.y.map((y) => -y) }, options(path))],
    ['another network', () => networks('mlp', { seed: 4 }).make().fit(data, options(path))],
  ]
  for (const [name, fit] of others) {
    const message =
      /run\.checkpoint is the checkpoint of a run with other data or options; remove it, or give another file$/
    await t.rejects(fit(), { code: 'ERR_CHECKPOINT', message }, name)
  }
  await fitted(path)
  await t.resolves(make().fit(data, { ...options(path), lambda: 0.5 }), 'the run has ended')
})

t.test('so is that of another version or processor', async (t) => {
  const path = join(t.testdir(), 'run.checkpoint')
  await killed(path)
  const contents = await readCheckpoint(path)
  for (const [change, message] of [
    [{ version: '0.0.9' }, /of a run of psilon 0\.0\.9, this is /],
    [{ device: 'cpu, mmx' }, /of a run on cpu, mmx, this one is on cpu, /],
  ] as const) {
    await writeCheckpoint(path, { ...contents, run: { ...contents.run, ...change } })
    await rm(`${path}.previous`)
    await t.rejects(fitted(path), { code: 'ERR_CHECKPOINT', message })
  }
})

t.test('a checkpoint that says something impossible is refused', async (t) => {
  const path = join(t.testdir(), 'run.checkpoint')
  await killed(path)
  const contents = await readCheckpoint(path)
  const { facts, numbers } = contents.sections.get('fit') as { facts: object; numbers: Record<string, Float32Array> }
  const { position } = facts as { position: Record<string, unknown> }
  const positions = [
    ...[{ epoch: 0 }, { epoch: 24 }, { epoch: -1 }, { epoch: 2 ** 62 }, { epoch: 'x' }, { epoch: null }],
    ...[{ seconds: -1 }, { keptEpoch: 99 }, { keptEpoch: -1 }, { keptAlpha: 2 }, { bestIsKept: 1 }, { seen: null }],
    { reported: { epochs: { count: 23, stride: 0 }, validated: { count: 0, stride: 1 } } },
    { seen: { bestLoss: null, bestEpoch: 99, last: 0 } },
  ]
  const lists = [
    ...Object.keys(numbers).map((name) => ({ [name]: new Float32Array(3) })),
    ...['parameters', 'm', 'u', 'rowValues', 'kept'].map((name) => ({ [name]: numbers[name].map(() => Number.NaN) })),
    ...Object.keys(numbers).map((name) => ({ [name]: undefined })),
  ]
  const sections: { facts: unknown; numbers: Record<string, Float32Array> }[] = [
    ...positions.map((change) => ({ facts: { ...facts, position: { ...position, ...change } }, numbers })),
    ...lists.map((change) => {
      const all = Object.entries({ ...numbers, ...change }).filter(([, list]) => list !== undefined)
      return { facts, numbers: Object.fromEntries(all) as Record<string, Float32Array> }
    }),
    { facts: { kind: 'snapshot' }, numbers },
    { facts: null, numbers },
  ]
  for (const [k, section] of sections.entries()) {
    if ('epochs' in section.numbers && section.numbers.epochs.length === 3) continue // figures of earlier epochs alone
    await writeCheckpoint(path, { ...contents, sections: new Map([['fit', section]]) })
    await rm(`${path}.previous`, { force: true })
    const network = make()
    const before = bits(network.parameters)
    await t.rejects(network.fit(data, options(path)), { code: 'ERR_CHECKPOINT' }, `section ${k}`)
    t.strictSame(bits(network.parameters), before)
  }
})

t.test('a run ends where its checkpoint cannot be written', async (t) => {
  const folder = t.testdir()
  const path = join(folder, 'missing', 'run.checkpoint')
  const network = make()
  await t.rejects(network.fit(data, options(path)), { code: 'ERR_FILE', message: /the folder .*missing is missing$/ })
  await t.resolves(network.fit(data, usual), 'the network can be trained again')
})

t.test('options', async (t) => {
  const path = join(t.testdir(), 'run.checkpoint')
  const fit = (checkpoint: object) => make().fit(data, { ...usual, checkpoint: checkpoint as { path: string } })
  await t.rejects(fit({}), { code: 'ERR_OPTION', message: /checkpoint\.path/ })
  await t.rejects(fit({ path, everySeconds: -1 }), { code: 'ERR_OPTION', message: /checkpoint\.everySeconds/ })
  await t.rejects(fit({ path, often: 1 }), { code: 'ERR_OPTION', message: /unknown option "often"/ })
  const network = make()
  const busy = network.fit(data, options(path))
  await t.rejects(network.fit(data, usual), { code: 'ERR_BUSY' })
  await busy
})
