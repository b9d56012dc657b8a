import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Absent, Fitted, Model } from './models.js'
import type { Problem } from './problem.js'
import { writeRows } from './rows-file.js'
import { inTemporaryFolder } from './temporary.js'

const script = fileURLToPath(new URL('../../peers/main.py', import.meta.url))
// a Python of another place would not see the packages of the system
const python = process.env.PYTHON ?? (existsSync('/usr/bin/python3') ? '/usr/bin/python3' : 'python3')
const run = promisify(execFile)
const oneThread = {
  OMP_NUM_THREADS: '1',
  OPENBLAS_NUM_THREADS: '1',
  MKL_NUM_THREADS: '1',
  PYTHONDONTWRITEBYTECODE: '1',
}
const env = { ...process.env, ...oneThread }

/** What each needs of Python. */
const libraries = {
  linear: ['scikit-learn'],
  forest: ['scikit-learn'],
  boosting: ['scikit-learn'],
  xgboost: ['scikit-learn', 'xgboost'],
  realmlp: ['scikit-learn', 'PyTorch'],
} as const

const packages = { 'scikit-learn': 'python3-sklearn', xgboost: 'python3-xgboost', PyTorch: 'python3-torch' }

type Library = keyof typeof packages
type PeerName = keyof typeof libraries

export const peerNames = Object.keys(libraries) as readonly PeerName[]

/** Versions of what this machine's Python has; null where it does not. */
export type Versions = Record<Library, string | null>

/** @returns why nothing can be used, where there is no Python that runs. */
export async function findVersions(): Promise<Versions | string> {
  try {
    return JSON.parse((await run(python, [script, 'versions'], { env })).stdout)
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code === 'ENOENT' ? `there is no ${python}` : `${python} has no NumPy`
  }
}

/** The model, or why it is left out. */
export function peerModel(name: PeerName, versions: Versions | string): Model | Absent {
  const missing = libraries[name].find((library) => typeof versions === 'string' || versions[library] === null)
  if (missing === undefined) return { name, options: null, fit: (problem, signal) => fitted(name, problem, signal) }
  const found = typeof versions === 'string' ? versions : `${python} has no ${missing}`
  return { model: name, reason: `${found}; Debian: apt-get install ${packages[missing]}` }
}

async function fitted(name: PeerName, problem: Problem, signal: AbortSignal): Promise<Fitted> {
  return inTemporaryFolder(async (folder) => {
    const [rows, predictions] = [join(folder, 'rows'), join(folder, 'predictions')]
    await writeRows(rows, problem.prepared())
    const { stdout } = await run(python, [script, name, rows, predictions], { signal, env })
    const { setting, seconds, bytes } = JSON.parse(stdout)
    const { buffer } = new Uint8Array(await readFile(predictions))
    return { answers: new Float64Array(buffer), setting, seconds, bytes }
  })
}
