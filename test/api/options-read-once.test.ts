import { fitMany, PsilonNet, PsilonResNet, sweep } from 'psilon'
import t from 'tap'
import { refuses } from '../support/refusal.js'

const data = { x: [[1], [2]], y: [1, 2] }
const net = () => new PsilonNet({ inputs: 1, hidden: 2, depth: 1, seed: 1 })

/** Says what it has once; from then on something that would be refused. */
function once<T extends object>(values: T, counts: Record<string, number> = {}): T {
  const given = {}
  for (const [name, value] of Object.entries(values)) {
    counts[name] = 0
    const get = () => (++counts[name] === 1 ? value : 'read again')
    Object.defineProperty(given, name, { get, enumerable: true })
  }
  return given as T
}

t.test('each option is read once', async (t) => {
  const counts = {}
  const shape = { inputs: 1, hidden: [4], outputs: 1, seed: 4 }
  const network = new PsilonNet(once({ ...shape, dtype: 'float64' as const }))
  t.match(network.config, { hidden: [4], dtype: 'float64' })
  const validation = once({ ...data, every: 2 }, counts)
  const nested = { prune: once({ sparsity: 0.1, from: 0.2 }), earlyStopping: once({ patience: 9 }), validation }
  const options = once({ epochs: 4, threads: 1, signal: new AbortController().signal, ...nested }, counts)
  const { epochs } = await network.fit(once(data), options)
  t.equal(epochs.length, 4)
  t.strictSame(counts, {
    x: 1,
    y: 1,
    every: 1,
    epochs: 1,
    threads: 1,
    signal: 1,
    prune: 1,
    earlyStopping: 1,
    validation: 1,
  })
  network.prune(once({ scale: 2 }))
  network.pathNorm(once({ bound: 'tight' as const, output: 0 }))
  network.predictSync(data.x, once({ threads: 1 }))
  await network.predict(once({ data: Float64Array.of(1, 2), shape: [2, 1] }), once({ threads: 1 }))
  const fits = [once({ network: net(), data: once(data), options: once({ epochs: 1 }), ended: () => {} })]
  t.equal((await fitMany(fits, once({ threads: 1, device: 'cpu' as const }))).length, 1)
})

t.test('so is each option of a sweep', async (t) => {
  const counts = {}
  const base = once({ preset: 'paper' as const, hidden: 2, epochs: 1 }, counts)
  const random = once({ settings: 1, lambda: [1] }, counts)
  const rows = { data: [1, 2, 3, 4].map((a) => ({ a, y: a * a })), target: 'y', folds: 2, seeds: 1, threads: 1 }
  const { trials } = await sweep(once({ ...rows, base, random, metric: 'mae' as const }, counts))
  t.equal(trials.length, 2)
  t.ok(Object.values(counts).every((times) => times === 1))
})

t.test('what a prototype has counts where it is a class, not where it is Object.prototype', async (t) => {
  class Defaults {
    get epochs() {
      return 3
    }
  }
  t.equal((await net().fit(data, new Defaults())).epochs.length, 3)
  t.equal((await net().fit(data, Object.create({ epochs: 2 }))).epochs.length, 2)
})

const { proxy: revoked, revoke } = Proxy.revocable({}, {})
revoke()
const fails = () => {
  throw new TypeError('of the user')
}
const unread = (name: string) => Object.defineProperty({}, name, { get: fails, enumerable: true }) as never
const keyless = new Proxy({}, { ownKeys: fails }) as never
const cannot = 'cannot be read: of the user'

const refusals: [code: string, message: string, call: () => unknown][] = [
  ['ERR_OPTION', `[fit] options ${cannot}`, () => net().fit(data, unread('signal'))],
  ['ERR_OPTION', `[fit] options ${cannot}`, () => net().fit(data, keyless)],
  [
    'ERR_OPTION',
    '[fit] options must be an object, got an object (which cannot be read)',
    () => net().fit(data, revoked),
  ],
  ['ERR_OPTION', '[fit] options must be an object, got null', () => net().fit(data, null as never)],
  ['ERR_OPTION', '[fit] options must be an object, got an object (Map)', () => net().fit(data, new Map() as never)],
  [
    'ERR_OPTION',
    '[fit] options must be an object, got an object (AbortSignal)',
    () => net().fit(data, AbortSignal.abort() as never),
  ],
  ['ERR_OPTION', `[fit] prune ${cannot}`, () => net().fit(data, { prune: unread('sparsity') })],
  ['ERR_OPTION', `[fit] validation ${cannot}`, () => net().fit(data, { validation: unread('x') })],
  ['ERR_OPTION', `[fit] data ${cannot}`, () => net().fit(unread('x'))],
  ['ERR_DATA', '[fit] data must be { x, y }, got an object (which cannot be read)', () => net().fit(revoked as never)],
  ['ERR_OPTION', `[fitMany] options ${cannot}`, () => fitMany([], unread('signal'))],
  ['ERR_OPTION', `[fitMany] fits[0]: a fit ${cannot}`, () => fitMany([unread('network')])],
  [
    'ERR_OPTION',
    `[fitMany] fits[0]: options ${cannot}`,
    () => fitMany([{ network: net(), data, options: unread('epochs') }]),
  ],
  ['ERR_OPTION', `[fitMany] fits ${cannot}`, () => fitMany(new Proxy([], { get: fails }))],
  ['ERR_OPTION', `[PsilonNet] options ${cannot}`, () => new PsilonNet(unread('inputs'))],
  ['ERR_OPTION', `[PsilonResNet] options ${cannot}`, () => new PsilonResNet(keyless)],
  ['ERR_OPTION', '[PsilonNet] options must be an object, got null', () => new PsilonNet(null as never)],
  [
    'ERR_OPTION',
    `[PsilonNet] hidden ${cannot}`,
    () => new PsilonNet({ inputs: 1, hidden: new Proxy([1], { get: fails }) }),
  ],
  [
    'ERR_OPTION',
    `[PsilonNet] sharedLength ${cannot}`,
    () => new PsilonNet({ inputs: 1, sharedLength: new Proxy([true], { get: fails }) }),
  ],
  [
    'ERR_OPTION',
    '[PsilonNet] hidden must be an integer from 1 to 1000000, got null',
    () => new PsilonNet({ inputs: 1, hidden: null as never }),
  ],
  [
    'ERR_OPTION',
    '[PsilonNet] hidden must have 1 to 1000 widths, got 4294967295',
    () => new PsilonNet({ inputs: 1, hidden: Array(2 ** 32 - 1) }),
  ],
  [
    'ERR_OPTION',
    '[fitMany] fits[0]: expected { network, data, options }, got undefined',
    () => fitMany(Array(2 ** 32 - 1)),
  ],
  ['ERR_OPTION', `[predict] options ${cannot}`, () => net().predict(data.x, unread('threads'))],
  ['ERR_OPTION', `[predictSync] options ${cannot}`, () => net().predictSync(data.x, unread('threads'))],
  ['ERR_OPTION', `[prune] options ${cannot}`, () => net().prune(unread('scale'))],
  ['ERR_OPTION', `[influence] options ${cannot}`, () => net().influence(unread('bound'))],
  ['ERR_OPTION', `[certify] options ${cannot}`, () => net().certify(data.x, unread('bound'))],
  ['ERR_DATA', `[setParameters] parameters ${cannot}`, () => net().setParameters(unread('layers.0.v'))],
]
for (const [code, message, call] of refusals) {
  t.test(message, async (t) => {
    let made: unknown
    const make = () => {
      made = call()
    }
    if (/fit/.test(message)) t.doesNotThrow(make, 'a call that gives a run never throws')
    else return refuses(t, code, message, call)
    await refuses(t, code, message, () => made)
  })
}
