import { dirname } from 'node:path'
import { makeFolder, readText, writeJson } from '../files.js'

const operation = 'measure:accuracy'

/** What `compute` gives, as JSON; computed once, then read from the file. */
export async function kept(path: string, compute: () => Promise<unknown>): Promise<unknown> {
  const text = await readText(operation, path)
  if (text !== null) return parsed(path, text)
  const result = await compute()
  await makeFolder(operation, dirname(path))
  await writeJson(operation, path, result)
  return result
}

function parsed(path: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new Error(`${path} is no JSON; remove it, and it is computed again`, { cause })
  }
}
