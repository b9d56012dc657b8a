import { readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { type Cell, cellOf, cellText, fileNameOf } from '../dist/cells/cells.js'
import { CellRunner, type Progress } from '../dist/cells/run-cells.js'
import { RunFolder } from '../dist/cells/run-folder.js'
import type { DataSet } from '../dist/data/data-sets.js'
import { refusal } from './support/refusal.js'
import { smallSetting, someSets, someTable } from './support/tables.js'

/** Two tables, and a cell of each kind for one of them. */
async function prepared(folder: string): Promise<{ sets: DataSet[]; cells: Cell[] }> {
  const sets = await someSets(folder, ['sums', 'two'])
  const cells = sets.flatMap((set) => [
    ...[1e-3, 1e-2].map((lambda) => cellOf(set, 'psilon', 1, smallSetting(lambda))),
    cellOf(set, 'linear', null, { kind: 'linear', penalty: 1 }),
    cellOf(set, 'forest', 1, { kind: 'forest', trees: 3, leaf: 4 }),
  ])
  return { sets, cells }
}

const longSetting = ({ setting }: Cell) => ({ ...(setting as ReturnType<typeof smallSetting>), epochs: 2000 })

const tables = { 'sums.csv': someTable(100), 'two.csv': someTable(100, 2) }

/** Computes the cells on one thread; `watch` may stop it. Also returns the cells that something was done for. */
async function compute(
  out: string,
  { sets, cells }: { sets: DataSet[]; cells: Cell[] },
  watch: (progress: Progress, stop: AbortController) => void = () => {},
) {
  const stop = new AbortController()
  const touched = new Set<string>()
  const emit = (progress: Progress) => {
    touched.add(progress.cell)
    watch(progress, stop)
  }
  const folder = await RunFolder.open('reproduce', out)
  const context = { sets, folder, threads: 1, device: 'cpu', signal: stop.signal, emit } as const
  const runner = new CellRunner(context, { cells: cells.length, work: 1 })
  const ended = await runner.run(cells).then(
    (results) => ({ results, error: undefined }),
    (error) => ({ results: undefined, error }),
  )
  return { ...ended, touched }
}

/** The cells that are kept, with the time at which they were written. */
const kept = (out: string) =>
  new Map(readdirSync(join(out, 'cells')).map((file) => [file, statSync(join(out, 'cells', file)).mtimeMs]))

t.test('every kind of cell has scores on all parts, networks their figures as well', async (t) => {
  const given = await prepared(t.testdir(tables))
  const { results } = await compute(join(t.testdirName, 'run'), given)
  t.equal(results?.size, 8)
  for (const [cell, result] of results ?? []) {
    const { scores, pathNorm, nearSparsity, exactSparsity, seconds, failure } = result
    t.ok(scores && Object.values(scores).every((score) => score > 0), cellText(cell))
    t.ok(seconds > 0 && failure === null)
    const figures = [pathNorm, nearSparsity, exactSparsity].every((figure) => typeof figure === 'number')
    t.equal(figures, cell.setting.kind === 'network')
  }
})

t.test('after an interruption nothing is computed twice, and the results are the same', async (t) => {
  const { sets, cells: short } = await prepared(t.testdir(tables))
  const cells = short.map((cell) => {
    return cell.model === 'psilon' && cell.set === 'two' ? { ...cell, setting: longSetting(cell) } : cell
  })
  const given = { sets, cells }
  const out = join(t.testdirName, 'run')
  // in the midst of the third network
  const { error, results: none } = await compute(out, given, ({ cell }, stop) => {
    if (cell.startsWith('two psilon')) stop.abort()
  })
  t.equal(none, undefined)
  t.match(error, { code: 'ERR_CANCELLED', message: /^\[reproduce\] cancelled; 6 of 8 fits are in .*run, the same/ })
  const before = kept(out)
  t.equal(before.size, 6)

  const { results, touched } = await compute(out, given)
  t.strictSame([...touched].sort(), ['two psilon lambda 0.001 seed 1', 'two psilon lambda 0.01 seed 1'])
  const after = kept(out)
  for (const [file, time] of before) t.equal(after.get(file), time, file)

  const { results: whole } = await compute(join(t.testdirName, 'other'), given)
  const scores = (all: typeof results) => [...(all ?? [])].map(([cell, { scores }]) => [cellText(cell), scores])
  t.strictSame(new Map(scores(results) as never), new Map(scores(whole) as never))
  t.strictSame([...(await compute(out, given)).touched], [])
})

t.test('a forest is stopped between two trees', async (t) => {
  const { sets } = await prepared(t.testdir(tables))
  const cells = [cellOf(sets[0], 'forest', 1, { kind: 'forest', trees: 1e6, leaf: 1 })]
  const { error } = await compute(join(t.testdirName, 'run'), { sets, cells }, (_, stop) => stop.abort())
  t.match(error, { code: 'ERR_CANCELLED' })
  t.equal(kept(join(t.testdirName, 'run')).size, 0)
})

t.test('what is changed is computed anew, what is not is found', async (t) => {
  const { sets, cells } = await prepared(t.testdir(tables))
  const out = join(t.testdirName, 'run')
  const [cell] = cells
  await compute(out, { sets, cells: [cell] })
  const setting = cell.setting as ReturnType<typeof smallSetting>
  const changes: Partial<Cell>[] = [
    { setting: { ...setting, epochs: 5 } },
    { setting: { ...setting, hidden: 17 } },
    { setting: { ...setting, lambda: 0.002 } },
    { setting: { ...setting, prune: { method: 'default', sparsity: 0.5 } } },
    { seed: 2 },
    { fingerprint: 'other' },
  ]
  for (const [k, change] of changes.entries()) {
    t.equal((await compute(out, { sets, cells: [{ ...cell, ...change }] })).touched.size, 1, JSON.stringify(change))
    t.equal(kept(out).size, k + 2)
  }
  t.equal((await compute(out, { sets, cells: [cell] })).touched.size, 0)
})

t.test('training that diverges is a result, of which only the scores are missing', async (t) => {
  const { sets, cells } = await prepared(t.testdir(tables))
  const [first, second] = cells
  const plain = { ...smallSetting(1e-3), normalization: 'none', sharedLength: false } as const
  const wild = { ...first, setting: { ...plain, learningRate: 1e30 } }
  const { results } = await compute(join(t.testdirName, 'run'), { sets, cells: [wild, second] })
  t.match(results?.get(wild), { scores: null, failure: /^the loss became non-finite in epoch/ })
  t.ok(results?.get(second)?.scores)
  t.equal((await compute(join(t.testdirName, 'run'), { sets, cells: [wild, second] })).touched.size, 0)
})

t.test('a damaged file is refused by its name', async (t) => {
  const { sets, cells } = await prepared(t.testdir(tables))
  const out = join(t.testdirName, 'run')
  const [cell] = cells
  await compute(out, { sets, cells: [cell] })
  const path = join(out, 'cells', fileNameOf(cell))
  const whole = readFileSync(path, 'utf8')
  const damages = [
    () => truncateSync(path, Math.floor(whole.length / 2)),
    () => writeFileSync(path, whole.replace('"seed": 1', '"seed": 2')),
    () => writeFileSync(path, whole.replace(/"test": [\d.]+/, '"test": "low"')),
    () => writeFileSync(path, whole.replace('"scores"', '"marks"')),
    () => writeFileSync(path, '[]'),
  ]
  for (const damage of damages) {
    damage()
    t.not(readFileSync(path, 'utf8'), whole)
    const { error } = await compute(out, { sets, cells: [cell] })
    const message = `[reproduce] ${path} does not hold the result of its cell; remove it, and it is computed again`
    t.match(error, { code: 'ERR_FILE', message })
  }
})

t.test('the folders above are made as well', async (t) => {
  const { path } = await RunFolder.open('reproduce', join(t.testdir(), 'a', 'b', 'c'))
  t.strictSame(readdirSync(path), ['cells'])
  t.equal((await RunFolder.open('reproduce', path)).path, path)
})

t.test('a folder that cannot be made is refused', async (t) => {
  await t.rejects(RunFolder.open('reproduce', '/proc/none/run'), {
    code: 'ERR_FILE',
    message: /^\[reproduce\] cannot write \/proc/,
  })
  const folder = t.testdir({ file: '' })
  t.match(await refusal(RunFolder.open('reproduce', join(folder, 'file'))), {
    code: 'ERR_FILE',
    message: /^\[reproduce\] cannot write .*file.*: not a directory$/,
  })
})

t.test('a network is handed over before its result is kept, and what is thrown then ends the run', async (t) => {
  const { sets, cells } = await prepared(t.testdir(tables))
  const folder = await RunFolder.open('reproduce', join(t.testdirName, 'run'))
  const own = cells.filter(({ model }) => model === 'psilon').map((cell) => ({ ...cell, setting: longSetting(cell) }))
  const handed: string[] = []
  const trained = async (cell: Cell, network: { predictSync(x: unknown): { data: ArrayLike<number> } }) => {
    t.equal(kept(folder.path).size, handed.length)
    handed.push(cellText(cell))
    t.equal(network.predictSync(sets.find(({ name }) => name === cell.set)?.test.x).data.length, 20)
    if (handed.length === 2) throw new Error('the disk is full')
  }
  const { signal } = new AbortController()
  const context = { sets, folder, threads: 1, device: 'cpu', signal, emit: () => {}, trained } as const
  await t.rejects(new CellRunner(context, { cells: 4, work: 1 }).run(own), { message: 'the disk is full' })
  t.strictSame(handed, own.slice(0, 2).map(cellText))
})
