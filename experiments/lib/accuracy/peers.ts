import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Scores } from '../cells/cells.js'
import type { DataSet } from '../data/data-sets.js'
import { kept } from './kept.js'

const script = fileURLToPath(new URL('../../peers-accuracy.py', import.meta.url))
// a Python of another place would not see the packages of the system
const python = process.env.PYTHON ?? (existsSync('/usr/bin/python3') ? '/usr/bin/python3' : 'python3')
const run = promisify(execFile)
// for so few rows a thread costs less than several that wait for each other
const env = { ...process.env, OMP_NUM_THREADS: '1' }

interface Context {
  threads: number
  signal: AbortSignal
  folder: string
}

/** What scikit-learn's models reached, with the setting that the validation rows chose; null where they are left out. */
export interface PeerScores {
  forest: Scores | null
  boosting: Scores | null
}

export interface Peers {
  /** Of scikit-learn; null where it cannot be used, with the reason in `absent`. */
  version: string | null
  absent: string | null
  measure(set: DataSet, context: Context): Promise<PeerScores>
}

/** scikit-learn of this machine's Python. */
export async function findPeers(): Promise<Peers> {
  try {
    const { stdout } = await run(python, ['-c', 'import sklearn; print(sklearn.__version__)'])
    const version = stdout.trim()
    return { version, absent: null, measure: (set, context) => measurePeers(set, version, context) }
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT'
    const reason = missing ? `there is no ${python}` : `${python} has no scikit-learn`
    const absent = `${reason}; Debian: apt-get install python3-sklearn`
    return { version: null, absent, measure: async () => ({ forest: null, boosting: null }) }
  }
}

async function measurePeers(set: DataSet, version: string, { threads, signal, folder }: Context): Promise<PeerScores> {
  const hash = createHash('sha256').update(set.fingerprint).update(version).update(readFileSync(script))
  const name = `${set.name}-${hash.digest('hex').slice(0, 12)}.json`
  const scores = await kept(join(folder, name), async () => {
    const temporary = await mkdtemp(join(tmpdir(), 'psilon-'))
    try {
      const rows = join(temporary, 'rows')
      await writeRows(rows, set)
      const { stdout } = await run(python, [script, rows, String(threads)], { signal, env })
      return JSON.parse(stdout)
    } finally {
      await rm(temporary, { recursive: true })
    }
  })
  return scores as PeerScores
}

/**
 * A line of JSON, { task, parts: { name: [rows, inputs] } }; then of each part x, row-major, and y: float64 in this
 * machine's order of bytes.
 */
async function writeRows(path: string, { task, train, validation, test }: DataSet): Promise<void> {
  const parts = { train, validation, test }
  const shapes = Object.fromEntries(Object.entries(parts).map(([name, { x }]) => [name, x.shape]))
  const file = await open(path, 'w')
  try {
    await file.writeFile(`${JSON.stringify({ task, parts: shapes })}\n`)
    for (const { x, y } of Object.values(parts)) {
      await file.writeFile(bytesOf(Float64Array.from(x.data)))
      await file.writeFile(bytesOf(y))
    }
  } finally {
    await file.close()
  }
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Float64Array) => new Uint8Array(buffer, byteOffset, byteLength)
