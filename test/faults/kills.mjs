import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { random } from './random.mjs'

/** @typedef {{ fit: number, epoch: number, seconds: number }} Told an epoch of a fit, and its seconds until then */

const program = fileURLToPath(new URL('checkpointed-run.mjs', import.meta.url))

/**
 * One run of the program; `killAfter` milliseconds behind its first epoch it is killed.
 *
 * @param {string[]} args
 * @param {number | null} killAfter
 */
function start(args, killAfter) {
  const { NODE_OPTIONS: _hooks, ...env } = process.env
  const child = spawn(process.execPath, [program, ...args], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  /** @type {{ first: Told | null, last: Told | null, end: string | null }} */
  const told = { first: null, last: null, end: null }
  let rest = ''
  child.stdout.setEncoding('utf8').on('data', (text) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      const [word, ...values] = line.split(' ')
      if (word === 'end') told.end = values[0] ?? null
      else {
        const [fit = 0, epoch = 0, seconds = 0] = values.map(Number)
        told.last = { fit, epoch, seconds }
        if (told.first === null && killAfter !== null) setTimeout(() => child.kill('SIGKILL'), killAfter)
        told.first ??= told.last
      }
    }
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => resolve({ code, signal, ...told }))
  })
}

export const kinds = spawnSync(process.execPath, [program], { encoding: 'utf8' }).stdout.trim().split('\n')

/**
 * Kills runs with checkpoints at random moments, and starts them again until they end.
 *
 * @param {{ kills: number, perRun?: number, seed: number, report?: (line: string) => void }} options with `perRun` the
 * most kills of one run
 * @returns what happened: kills, those within a write, resumed runs and those that began from the start although there
 * was a checkpoint, runs that ended and those with other bits, and the most seconds of a fit that were done again.
 */
export async function killRuns({ kills, perRun = 6, seed, report = () => {} }) {
  const draw = random(seed)
  const whole = new Map()
  for (const kind of kinds) whole.set(kind, (await start([kind], null)).end)
  const sum = { kills: 0, withinWrite: 0, resumed: 0, fromTheStart: 0, ended: 0, different: 0, mostLost: 0 }
  for (let k = 0; sum.kills < kills; k++) {
    const kind = kinds[k % kinds.length]
    const folder = mkdtempSync(join(tmpdir(), 'psilon-kills-'))
    const every = [0, 0.05, 0.2][Math.floor(draw() * 3)]
    await untilItEnds({
      kind,
      path: join(folder, 'run.checkpoint'),
      every,
      draw,
      sum,
      kills,
      perRun,
      expected: whole.get(kind),
    })
    rmSync(folder, { recursive: true })
    report(`${sum.kills} kills, ${kind}: ${sum.ended} runs ended, ${sum.different} with other bits`)
  }
  return sum
}

async function untilItEnds({ kind, path, every, draw, sum, kills, perRun, expected }) {
  let before = null
  for (let most = perRun; ; most--) {
    const killed = most > 0 && sum.kills < kills
    const had = existsSync(path)
    const end = await start([kind, path, every], killed ? 20 + draw() * 700 : null)
    if (had) {
      sum.resumed++
      if (kind.includes('network') && end.first?.epoch === 1) sum.fromTheStart++
      if (before !== null && end.first !== null && end.first.fit === before.fit) {
        sum.mostLost = Math.max(sum.mostLost, before.seconds - end.first.seconds - every)
      }
    }
    if (end.end !== null) {
      sum.ended++
      if (end.end !== expected) sum.different++
      return
    }
    if (end.signal !== 'SIGKILL') throw new Error(`${kind} ended with ${end.code} ${end.signal}`)
    sum.kills++
    if (readdirSync(join(path, '..')).some((name) => name.endsWith('.tmp'))) sum.withinWrite++
    before = end.last
  }
}
