import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PsilonError, PsilonRegressor } from 'psilon'
import t from 'tap'
import { type Contents, readCheckpoint, type Section, writeCheckpoint } from '#psilon/checkpoint/checkpoint-file.js'
import { networks, reopen, usual } from '../checkpoint/networks.js'
import { someHouses } from '../support/houses.js'
import { forSeeds } from './cases.js'
import { mutated } from './model-mutations.js'
import { Random } from './random.js'

const folder = t.testdir()
const path = join(folder, 'run.checkpoint')
const checkpoint = { path, everySeconds: 1000 }
const houses = someHouses(60)
const pruned = networks('mlp')
const residual = networks('resnet', { dtype: 'float64' })
const few = { ...usual, epochs: 8, threads: 1 }

/** Fits that go on from a file; what they give. */
const fits = {
  async pruned(options: object = checkpoint) {
    const network = pruned.make()
    const stopping = { validation: pruned.validation, earlyStopping: { patience: 3 } }
    await network.fit(pruned.data, { ...few, ...stopping, prune: { sparsity: 0.4 }, checkpoint: options as never })
    return Object.values(network.parameters).map(({ data }) => data)
  },
  async residual(options: object = checkpoint) {
    const network = residual.make()
    await network.fit(residual.data, { ...few, checkpoint: options as never })
    return Object.values(network.parameters).map(({ data }) => data)
  },
  async estimator(options: object = checkpoint) {
    const model = new PsilonRegressor({ preset: 'fast', hidden: 4, epochs: 3, seed: 1, threads: 1 })
    await model.fit(houses, { target: 'price', checkpoint: options as never })
    return [(await model.predict(houses)).values]
  },
}

type Name = keyof typeof fits
const names = Object.keys(fits) as Name[]
const files = new Map<Name, Buffer>()

t.before(async () => {
  for (const name of names) {
    rmSync(path, { force: true })
    rmSync(`${path}.previous`, { force: true })
    await fits[name]({ path, everySeconds: 0 })
    await reopen(path)
    files.set(name, readFileSync(path))
  }
})

const odd = [null, -1, 0, 0.5, 2 ** 53, 1e308, -1e308, '', 'x', [], {}, true, false]

/** Replaces a value somewhere in facts. */
function oddFacts(facts: unknown, random: Random): unknown {
  const copy = structuredClone(facts)
  let place = copy as Record<string, unknown>
  for (;;) {
    const entries = Object.entries(place ?? {})
    if (entries.length === 0) return random.pick(odd)
    const [key, value] = random.pick(entries)
    if (typeof value === 'object' && value !== null && random.below(4) > 0) place = value as Record<string, unknown>
    else {
      if (random.below(8) === 0) delete place[key]
      else place[key] = random.pick(odd)
      return copy
    }
  }
}

function oddNumbers(numbers: Section['numbers'], random: Random): Section['numbers'] {
  const all = Object.entries(numbers)
  if (all.length === 0) return numbers
  const [name, list] = random.pick(all)
  const other = Float64Array.from(list)
  const given: Record<string, unknown> = { ...numbers }
  if (random.below(6) === 0) delete given[name]
  else if (random.below(4) === 0) given[name] = list.slice(0, random.below(list.length + 1))
  else {
    other[random.below(other.length)] = random.pick([Number.NaN, Infinity, -1, 0, 1e38, 1e-300, -1e308])
    given[name] = list instanceof Float32Array ? Float32Array.from(other) : other
  }
  return given as Section['numbers']
}

/** A checkpoint whose checksum is right and whose contents are odd. */
async function oddContents(random: Random): Promise<void> {
  const contents = await readCheckpoint(path)
  const [name, section] = random.pick([...contents.sections]) as [string, Section]
  const [other] = random.pick([...contents.sections]) as [string, Section]
  const { facts, numbers } = section
  const changed: Section[] = [
    { facts: oddFacts(facts, random), numbers },
    { facts, numbers: oddNumbers(numbers, random) },
  ]
  const sections: Contents['sections'] = new Map(contents.sections).set(
    random.below(10) === 0 ? other : name,
    random.pick(changed),
  )
  await writeCheckpoint(path, { ...contents, sections })
}

t.test('a fit goes on from an odd checkpoint to finite numbers, or is refused', async (t) => {
  let tried = 0
  let went = 0
  await forSeeds(t, 300, async (seed) => {
    const random = new Random(seed)
    const name = random.pick(names)
    writeFileSync(path, files.get(name) as Buffer)
    if (random.below(4) === 0) writeFileSync(path, mutated(files.get(name) as Buffer, random))
    else await oddContents(random)
    rmSync(`${path}.previous`, { force: true })
    tried++
    try {
      const numbers = await fits[name]()
      if (!numbers.every((list) => list.every(Number.isFinite))) throw new Error('a number is not finite')
      went++
    } catch (error) {
      const known = error instanceof PsilonError && ['ERR_CHECKPOINT', 'ERR_NON_FINITE'].includes(error.code)
      if (!known || error.message.length > 1000) throw error
    }
  })
  t.ok(tried < 100 || (went > tried / 20 && went < tried / 1.1), `${went} of ${tried} went on`)
})
