import { dirname, join } from 'node:path'
import { PsilonError } from 'psilon'
import { makeFolder, readText, writeJson } from '../files.js'
import type { Model } from './models.js'
import type { Problem } from './problem.js'
import type { Scores } from './score.js'
import type { Split } from './splits.js'

const operation = 'measure:accuracy'
/** Raised when the same fit would give another result. */
const format = 1

/** What a fit gave. */
export interface Result extends Scores {
  seconds: number
  bytes: number
  setting: unknown
}

/** A model on a split of a table: what is computed once, and kept in a file of its own. */
export interface Fit extends Result {
  table: string
  split: Split
  model: string
}

/** The result that is kept in the folder of the run, or null. @throws PsilonError ERR_FILE where it is that of another fit. */
export async function keptResult(folder: string, problem: Problem, model: Model): Promise<Result | null> {
  const path = pathOf(folder, problem, model)
  const text = await readText(operation, path)
  if (text === null) return null
  const { fit, result } = parsed(path, text)
  if (JSON.stringify(fit) === JSON.stringify(identityOf(problem, model))) return result
  throw wrong(path, 'holds the result of other rows or options')
}

export async function keep(folder: string, problem: Problem, model: Model, result: Result): Promise<void> {
  const path = pathOf(folder, problem, model)
  await makeFolder(operation, dirname(path))
  await writeJson(operation, path, { fit: identityOf(problem, model), result })
}

const identityOf = ({ table, split, fingerprint }: Problem, { name, options }: Model) => ({
  ...{ format, table, split, fingerprint, model: name, options },
})

const pathOf = (folder: string, { table, split }: Problem, { name }: Model): string =>
  join(folder, 'fits', table, String(split), `${name}.json`)

function parsed(path: string, text: string): { fit: unknown; result: Result } {
  try {
    const { fit, result } = JSON.parse(text)
    if (typeof result.score === 'number' && typeof result.seconds === 'number') return { fit, result }
  } catch {}
  throw wrong(path, 'does not hold the result of a fit')
}

const wrong = (path: string, what: string) =>
  new PsilonError('ERR_FILE', `[${operation}] ${path} ${what}; remove it, and it is computed again`)
