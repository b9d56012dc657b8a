import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { random } from './random.mjs'
import { startProxy, startRedis } from './redis.mjs'

const here = (/** @type {string} */ path) => fileURLToPath(new URL(path, import.meta.url))
const { NODE_OPTIONS: _hooks, ...env } = process.env

/** Trials of about a second. @param {number} trials */
function specOf(trials) {
  const noise = (/** @type {number} */ k) => Math.sin(12.9898 * k) / 2
  const data = Array.from({ length: 300 }, (_, i) => {
    const [a = 0, b = 0, c = 0] = [0, 1, 2].map((j) => noise(3 * i + j))
    return { a, b, c, y: 2 * a + Math.sin(3 * b) }
  })
  const base = { preset: 'paper', hidden: [32, 32], epochs: 4000, batchSize: 32 }
  return { data, target: 'y', base, grid: { lambda: [0.001, 0.01, 0.1] }, folds: 4, seeds: trials / 12 }
}

/**
 * A process with what it has printed.
 *
 * @param {string[]} args
 * @param {string} folder for its temporary files.
 */
function start(args, folder) {
  const child = spawn(process.execPath, args, { env: { ...env, TMPDIR: folder }, stdio: ['ignore', 'pipe', 'pipe'] })
  const run = { child, stdout: '', stderr: '', end: once(child, 'close') }
  child.stdout.setEncoding('utf8').on('data', (text) => {
    run.stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text) => {
    run.stderr += text
  })
  return run
}

/** All of a sweep that is not a duration. @param {string} document */
function trialsIn(document) {
  const { trials, error } = JSON.parse(document)
  if (error !== undefined) throw new Error(error.message)
  return trials.map((/** @type {{ measured: object }} */ { measured, ...trial }) => {
    return JSON.stringify({ ...trial, measured: { ...measured, seconds: 0 } })
  })
}

class Machines {
  /** @type {ReturnType<typeof start>[]} */
  workers = []
  /** What workers that are gone have printed. */
  printed = ''

  /** @param {string} folder @param {Awaited<ReturnType<typeof startRedis>>} redis @param {Awaited<ReturnType<typeof startProxy>>} proxy */
  constructor(folder, redis, proxy) {
    this.folder = folder
    this.redis = redis
    this.proxy = proxy
    this.url = `redis://127.0.0.1:${proxy.port}/0?prefix=test`
    this.results = join(folder, 'store')
    this.sweep = this.startSweep()
  }

  startSweep() {
    const args = [
      'sweep',
      join(this.folder, 'spec.json'),
      '--redis',
      this.url,
      '--out',
      this.results,
      '--json',
      '--quiet',
    ]
    return start([here('../../dist/cli/main.js'), ...args], this.folder)
  }

  startWorker() {
    const cache = mkdtempSync(join(this.folder, 'cache-'))
    this.workers.push(start([here('sweep-worker.mjs'), this.url, cache], this.folder))
  }

  /** Results that have been collected. */
  get collected() {
    try {
      return readdirSync(join(this.results, 'trials')).filter((name) => name.endsWith('.json')).length
    } catch {
      return 0
    }
  }

  /** @param {NodeJS.Signals} signal */
  async endWorker(signal) {
    const [worker] = this.workers.splice(0, 1)
    worker?.child.kill(signal)
    await worker?.end
    this.printed += worker?.stdout
    if (worker?.stderr !== '') throw new Error(`a worker printed: ${worker?.stderr}`)
  }

  async endAll() {
    while (this.workers.length > 0) await this.endWorker('SIGTERM')
  }
}

/** @type {Record<string, (machines: Machines) => Promise<void>>} */
const faults = {
  async 'worker killed'(machines) {
    await machines.endWorker('SIGKILL')
    machines.startWorker()
  },
  async 'worker stopped'(machines) {
    await machines.endWorker('SIGTERM')
    machines.startWorker()
  },
  async 'Redis killed'({ redis }) {
    await redis.kill()
    await redis.start()
  },
  async 'connections cut'({ proxy }) {
    proxy.cut()
  },
  async 'network silent, longer than a lock'({ proxy }) {
    proxy.freeze()
    await sleep(3000)
    proxy.cut()
  },
  async 'sweep killed'(machines) {
    machines.sweep.child.kill('SIGKILL')
    await machines.sweep.end
    machines.sweep = machines.startSweep()
  },
}

/**
 * Disturbs a sweep over several workers at random moments until it ends.
 *
 * @param {{ trials: number, workers: number, seed: number, report?: (line: string) => void }} options trials: a multiple of 12.
 * @returns what happened: how often each fault, trials that went on from the checkpoint of another worker, collected results,
 * how many of them differ from those of an undisturbed sweep on this machine, and how many were written more than once.
 */
export async function disturbSweep({ trials, workers, seed, report = () => {} }) {
  const draw = random(seed)
  const folder = mkdtempSync(join(tmpdir(), 'psilon-sweeps-'))
  writeFileSync(join(folder, 'spec.json'), JSON.stringify(specOf(trials)))
  mkdirSync(join(folder, 'redis'))
  const redis = await startRedis(join(folder, 'redis'))
  const proxy = await startProxy(redis.port)
  const machines = new Machines(folder, redis, proxy)
  const done = Object.fromEntries(Object.keys(faults).map((name) => [name, 0]))
  try {
    for (let k = 0; k < workers; k++) machines.startWorker()
    await disturb(machines, trials, done, draw, report)
    const [code] = await machines.sweep.end
    if (code !== 0) throw new Error(`the sweep ended with ${code}: ${machines.sweep.stderr} ${machines.sweep.stdout}`)
    await machines.endAll()
    const local = start(
      [here('../../dist/cli/main.js'), 'sweep', join(folder, 'spec.json'), '--json', '--quiet'],
      folder,
    )
    await local.end
    const expected = trialsIn(local.stdout)
    const found = trialsIn(machines.sweep.stdout)
    const firsts = machines.printed.match(/^first \w+$/gm) ?? []
    return {
      ...done,
      resumed: machines.printed.match(/goes on from the checkpoint/g)?.length ?? 0,
      results: machines.collected,
      different: expected.filter((/** @type {string} */ trial, /** @type {number} */ t) => trial !== found[t]).length,
      twice: firsts.length - new Set(firsts).size,
    }
  } finally {
    for (const { child } of [...machines.workers, machines.sweep]) child.kill('SIGKILL')
    await proxy.close()
    await redis.kill()
    rmSync(folder, { recursive: true, force: true })
  }
}

/**
 * A fault after every result, each kind in turn.
 *
 * @param {Machines} machines
 * @param {number} trials
 * @param {Record<string, number>} done
 * @param {() => number} draw
 * @param {(line: string) => void} report
 */
async function disturb(machines, trials, done, draw, report) {
  const names = Object.keys(faults)
  for (let k = 0; ; k++) {
    while (machines.collected < k) {
      if (machines.sweep.child.exitCode !== null) return
      await sleep(20)
    }
    if (machines.collected >= trials) return
    await sleep(500 * draw())
    if (machines.sweep.child.exitCode !== null) return
    const name = names[k % names.length] ?? ''
    report(`${machines.collected} of ${trials} results; ${name}`)
    await faults[name]?.(machines)
    done[name] = (done[name] ?? 0) + 1
  }
}
