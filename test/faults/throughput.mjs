/**
 * throughput.mjs [trials] [workers] [threads] [--out]: trials per second that the queue passes on if a trial takes no time, with a Redis
 * that writes each command to its disk before it answers; with --out the results are written to a folder, as psilon sweep --out does.
 */

import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { planSweep } from '#psilon/sweep/plan.js'
import { runTrialsOnWorkers } from '#psilon/sweep/redis/submit.js'
import { work } from '#psilon/sweep/redis/worker.js'
import { FolderStore, MemoryStore } from '#psilon/sweep/store.js'
import { startRedis } from './redis.mjs'

const program = fileURLToPath(import.meta.url)
const tell = console.error

/** A result as large as that of a fit. */
const measured = {
  ...{ encoding: 'asinh', hidden: [32, 32], lambda: 0.01, sparsity: 0 },
  scores: { rmse: Math.PI, mae: Math.E, r2: Math.SQRT1_2, scaledRmse: Math.SQRT2 },
  ...{
    pathNorm: Math.LN2,
    weights: 1234,
    bytes: 5678,
    members: 1,
    epochs: 100,
    seconds: Math.LN10,
    device: 'cpu avx512',
  },
}

const emptyLanes = {
  async run(_data, trial) {
    return { ...trial, measured, error: null }
  },
  stop() {},
  async close() {},
}

async function measure(trials, workers, threads, out) {
  const folder = mkdtempSync(join(tmpdir(), 'psilon-throughput-'))
  mkdirSync(join(folder, 'redis'))
  const redis = await startRedis(join(folder, 'redis'))
  const url = `redis://127.0.0.1:${redis.port}`
  const children = Array.from({ length: workers }, () =>
    spawn(process.execPath, [program, 'worker', url, folder, threads], { stdio: 'inherit' }),
  )
  const data = Array.from({ length: 200 }, (_, i) => ({ x: i, y: Math.sin(i) }))
  const random = { settings: trials, lambda: { from: 1e-4, to: 1, log: true } }
  const plan = await planSweep({ data, target: 'y', random, test: 0.2 })
  const store = out ? await FolderStore.open(join(folder, 'store'), {}) : new MemoryStore()
  let first = 0
  let done = 0
  const stop = new AbortController().signal
  await runTrialsOnWorkers(plan.trials, plan.data, store, {
    ...{ url, stop, tell },
    done() {
      done++
      if (first === 0) first = performance.now()
    },
  })
  const seconds = (performance.now() - first) / 1000
  for (const child of children) child.kill('SIGKILL')
  await redis.kill()
  rmSync(folder, { recursive: true, force: true })
  const where = out ? 'written to a folder' : 'kept in memory'
  const rate = Math.round(done / seconds)
  console.log(`${done} empty trials, ${workers} workers of ${threads} threads, ${where}: ${rate} a second`)
}

if (process.argv[2] === 'worker') {
  const [url, cache, threads] = process.argv.slice(3)
  const stop = new AbortController().signal
  await work({ url, cache, threads: Number(threads), stop, done() {}, tell, lanes: emptyLanes })
} else {
  const [trials = '10000', workers = '2', threads = '16', out] = process.argv.slice(2)
  await measure(Number(trials), Number(workers), threads, out === '--out')
}
