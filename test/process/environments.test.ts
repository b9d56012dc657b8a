import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { PsilonRegressor } from 'psilon'
import t from 'tap'
import { type ChildOptions, packageRoot, runModule } from '../support/child.js'

/** Whatever kind of process psilon is loaded into, it does the same work, or says in a sentence what it lacks. */

const rows = Array.from({ length: 40 }, (_, i) => ({ a: Math.sin(i), b: i % 3 ? 'x' : 'y', y: Math.cos(i) }))
const settings = { preset: 'paper', hidden: 4, depth: 1, epochs: 5, seed: 3 } as const

/** Learns, and prints a prediction of the model and, where it has a path, of the file that it read back. */
const work = (path: string | null) => `
  const { PsilonRegressor, load } = await import(${JSON.stringify(pathToFileURL(join(packageRoot, 'dist', 'index.js')))})
  const rows = ${JSON.stringify(rows)}
  const model = new PsilonRegressor(${JSON.stringify(settings)})
  let events = 0
  const run = model.fit(rows, { target: 'y', signal: new AbortController().signal })
  for await (const event of run) events += 1
  const path = ${JSON.stringify(path)}
  if (path !== null) await model.save(path)
  const { values } = await (path === null ? model : await load(path)).predict(rows)
  console.log(events, values[0])
`

const expected = (async () => {
  const model = new PsilonRegressor(settings)
  await model.fit(rows, { target: 'y' })
  return `5 ${(await model.predict(rows)).values[0]}\n`
})()

const flags: string[][] = [
  ['--disallow-code-generation-from-strings'],
  ['--frozen-intrinsics'],
  ['--disable-proto=throw'],
  ['--disable-proto=delete'],
  ['--jitless'],
  ['--max-old-space-size=40'],
  ['--stack-size=200'],
  ['--pending-deprecation', '--throw-deprecation'],
  ['--force-node-api-uncaught-exceptions-policy=true'],
]
for (const given of flags) {
  t.test(`node ${given.join(' ')}`, async (t) => {
    const path = join(t.testdir(), 'm.safetensors')
    t.match(await runModule(work(path), { flags: given }), { code: 0, stdout: await expected })
  })
}

const before: Record<string, string> = {
  'frozen prototypes': 'for (const kind of [Object, Array, Function, Promise]) Object.freeze(kind.prototype)',
  'an entry in every object': "Object.prototype.foo = 1; Array.prototype.foo = 2; Function.prototype.foo = 'foo'",
  'methods of old libraries': `
    Array.prototype.last = function () { return this[this.length - 1] }
    Array.prototype.remove = Array.prototype.clone = String.prototype.startWith = function () { throw new Error('called') }
    Object.prototype.each = function () { throw new Error('called') }`,
  'options of psilon in every object': `
    Object.assign(Object.prototype, { epochs: -7, hidden: 'x', lambda: 'auto', sampleWeight: 'none', ensemble: 3 })`,
}
for (const [name, code] of Object.entries(before)) {
  t.test(name, async (t) => {
    const path = join(t.testdir(), 'm.safetensors')
    t.match(await runModule(`${code}\n${work(path)}`), { code: 0, stdout: await expected })
  })
}

t.test('a worker with little memory', async (t) => {
  const code = `
    import { Worker } from 'node:worker_threads'
    const resourceLimits = { maxOldGenerationSizeMb: 24, maxYoungGenerationSizeMb: 4, stackSizeMb: 1 }
    const source = 'data:text/javascript,' + encodeURIComponent(${JSON.stringify(work(null))})
    new Worker(new URL(source), { resourceLimits })
  `
  t.match(await runModule(code), { code: 0, stdout: await expected })
})

const permission = process.allowedNodeEnvironmentFlags.has('--permission')
  ? '--permission'
  : '--experimental-permission'

t.test('the permission model', async (t) => {
  const reads = [permission, '--allow-fs-read=*']
  t.match(await runModule(work(null), { flags: [...reads, '--allow-addons'] }), { code: 0, stdout: await expected })
  const { stderr } = await runModule(work('/nowhere/m.safetensors'), { flags: [...reads, '--allow-addons'] })
  t.match(stderr, /PsilonError: \[save\] cannot write \/nowhere\/m\.safetensors: /)
  const none = await runModule(work(null), { flags: reads })
  t.match(
    none.stderr,
    /PsilonError: \[import\] this process does not load addons, .* --allow-addons beside --permission\n/,
  )
})

t.test('a process that loads no addons', async (t) => {
  const { code, stderr } = await runModule(work(null), { flags: ['--no-addons'] })
  t.equal(code, 1)
  t.match(stderr, /PsilonError: \[import\] this process does not load addons, .*; run node without --no-addons/)
  t.notMatch(stderr, 'npm run')
})

/** Runs Node.js where other files lie at these paths, which needs the rights of root. */
const mounted = (mounts: string): ChildOptions => ({
  within: ['unshare', '-m', 'sh', '-c', `${mounts} && exec "$@"`, 'sh'],
})
const canMount = spawnSync('unshare', ['-m', 'sh', '-c', 'mount -t tmpfs none /proc']).status === 0

const mounts: Record<string, string> = {
  'no /proc': 'mount -t tmpfs none /proc',
  'neither /proc nor /sys': 'mount -t tmpfs none /proc && mount -t tmpfs none /sys',
  'files of /proc without a word in them': ['meminfo', 'cpuinfo', 'self/cgroup']
    .map((name) => `mount --bind /dev/null /proc/${name}`)
    .join(' && '),
}
for (const [name, mount] of Object.entries(mounts)) {
  t.test(name, { skip: canMount ? false : 'needs the rights of root' }, async (t) => {
    const path = join(t.testdir(), 'm.safetensors')
    t.match(await runModule(work(path), mounted(mount)), { code: 0, stdout: await expected })
  })
}
