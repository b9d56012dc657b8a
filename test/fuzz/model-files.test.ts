import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { load, PsilonClassifier, PsilonError, PsilonNet, PsilonRegressor, PsilonResNet } from 'psilon'
import t from 'tap'
import { native } from '../addon/native.mjs'
import { packageRoot } from '../support/child.js'
import { forSeeds } from './cases.js'
import { mutated } from './model-mutations.js'
import { Random } from './random.js'

const models = join(packageRoot, 'test', 'fixtures', 'models-0.1.0')
const files = readdirSync(models).filter((name) => name.endsWith('.safetensors'))
const { regressor } = JSON.parse(readFileSync(join(models, 'expected.json'), 'utf8'))
const folder = t.testdir()
const [path, again] = [join(folder, 'odd.safetensors'), join(folder, 'again.safetensors')]
const x = [0, 1, -0.5, 1e-20, 1e30].map((value, i) => [value, i - 2, -value])
/** Of the core: the files have a few hundred parameters. */
const maxBytes = 2 ** 25

type Model = Awaited<ReturnType<typeof load>>

/** Refusals of a file, and what may be said of the numbers of a network or of a table that it does not know. */
const ofLoad = ['ERR_MODEL_FILE', 'ERR_MEMORY']
const ofUse = [
  'ERR_NON_FINITE',
  'ERR_UNSUPPORTED',
  'ERR_UNREACHABLE',
  'ERR_NOT_FITTED',
  'ERR_DATA',
  'ERR_SHAPE',
  'ERR_OPTION',
]

/** The work's result, or undefined where it is refused with one of these codes. */
async function orRefused<T>(codes: readonly string[], work: () => T | Promise<T>): Promise<T | undefined> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof PsilonError && codes.includes(error.code) && isPrintable(error.message)) return undefined
    throw error
  }
}

const isPrintable = (message: string) => message.length < 1000 && !/\p{Cc}/u.test(message)

function checkFinite(name: string, value: unknown): void {
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new Error(`${name} is ${value}`)
  } else if (ArrayBuffer.isView(value)) {
    for (const each of value as Float64Array)
      if (!(/radii|upper/.test(name) && each === Infinity)) checkFinite(name, each)
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, each] of Object.entries(value)) checkFinite(`${name}.${key}`, each)
  }
}

/** What models are asked, by name. */
function questions(model: Model): [name: string, ask: () => unknown][] {
  const common: [string, () => unknown][] = (['original', 'improved', 'tight'] as const).flatMap((bound) => [
    [`pathNorm ${bound}`, () => model.pathNorm({ bound })],
    [`influence ${bound}`, () => model.influence({ bound })],
  ])
  common.push(['sparsity', () => model.sparsity()])
  if (model instanceof PsilonRegressor) return [...common, ['predict', () => model.predict(regressor.rows)]]
  if (model instanceof PsilonClassifier) {
    return [
      ...common,
      ['predict', () => model.predict(regressor.rows)],
      ['certify', () => model.certify(regressor.rows)],
    ]
  }
  return [
    ...common,
    ['lipschitz', () => model.lipschitz()],
    ['predictSync', () => model.predictSync(x)],
    ['predict', () => model.predict(x)],
    ['certify', () => model.certify(x)],
  ]
}

async function answers(model: Model): Promise<Record<string, unknown>> {
  const given: Record<string, unknown> = {}
  for (const [name, ask] of questions(model)) {
    given[name] = await orRefused(ofUse, ask)
    checkFinite(name, given[name])
  }
  return given
}

/** One epoch, or what diverges is refused; either way the parameters are numbers. */
async function train(net: PsilonNet | PsilonResNet, random: Random): Promise<void> {
  const { inputs, outputs } = net.config
  const table = (columns: number) =>
    Array.from({ length: 4 }, () => Array.from({ length: columns }, () => random.next()))
  const regularizer = random.pick(['path', 'l2', 'none'] as const)
  const lambda = regularizer === 'none' ? 0 : random.pick([0, 1e-3, 1])
  const run = () =>
    net.fit({ x: table(inputs), y: table(outputs) }, { epochs: 1, threads: 1, device: 'cpu', regularizer, lambda })
  const history = await orRefused(ofUse, run)
  checkFinite('history', history?.epochs)
  checkFinite('parameters', net.parameters)
}

async function tryFile(seed: number): Promise<boolean> {
  const random = new Random(seed)
  writeFileSync(path, mutated(readFileSync(join(models, random.pick(files))), random))
  native.resetMemoryPeak()
  const model = await orRefused(ofLoad, () => load(path))
  if (model === undefined) return false
  const given = await answers(model)
  await model.save(again)
  const other = await load(again)
  if (JSON.stringify(await answers(other)) !== JSON.stringify(given))
    throw new Error('what was saved says other things')
  other.dispose()
  const changes: (() => unknown)[] = [() => model.prune({ sparsity: 0.5 }), () => model.compact()]
  for (const change of changes) {
    if ((await orRefused(ofUse, change)) !== undefined) await answers(model)
  }
  if (model instanceof PsilonNet || model instanceof PsilonResNet) await train(model, random)
  model.dispose()
  const { peak } = native.memoryUsed()
  if (peak > maxBytes) throw new Error(`the core held ${peak} bytes`)
  return true
}

t.test('an odd model file is refused, or is a model whose every figure is finite or refused', async (t) => {
  let loaded = 0
  let tried = 0
  await forSeeds(t, 2000, async (seed) => {
    tried++
    if (await tryFile(seed)) loaded++
  })
  t.ok(tried < 1000 || (loaded > tried / 50 && loaded < tried / 1.2), `${loaded} of ${tried} could be loaded`)
})
