import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { PsilonError } from 'psilon'

/** An ERR_FILE that says what the system says: `[reproduce] cannot read a.json: no such file or directory`. */
export function fileError(operation: string, action: 'read' | 'write', path: string, cause: unknown): PsilonError {
  const { message } = cause as Error
  const reason = /^[A-Z]+: ([^,]+)/.exec(message)?.[1] ?? message
  return new PsilonError('ERR_FILE', `[${operation}] cannot ${action} ${path}: ${reason}`, { cause })
}

/** The text of a file; null where there is none. @throws PsilonError ERR_FILE where it cannot be read. */
export async function readText(operation: string, path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw fileError(operation, 'read', path, cause)
  }
}

/** Writes a file in full or not at all. @throws PsilonError ERR_FILE */
export async function writeWhole(operation: string, path: string, text: string): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`
  try {
    await writeFile(temporary, text, { flush: true })
    await rename(temporary, path)
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => {})
    throw fileError(operation, 'write', path, cause)
  }
}

export const writeJson = (operation: string, path: string, document: unknown): Promise<void> =>
  writeWhole(operation, path, `${JSON.stringify(document, null, 1)}\n`)

/** Makes a folder and those above it. In /proc Node's own way, `recursive`, never ends. @throws PsilonError ERR_FILE */
export async function makeFolder(operation: string, path: string): Promise<void> {
  try {
    await makeWithParents(path)
  } catch (cause) {
    throw fileError(operation, 'write', path, cause)
  }
}

async function makeWithParents(path: string): Promise<void> {
  const make = async () => {
    await mkdir(path).catch((cause) => {
      if (cause.code !== 'EEXIST') throw cause
    })
  }
  await make().catch(async (cause) => {
    if (cause.code !== 'ENOENT' || dirname(path) === path) throw cause
    await makeWithParents(dirname(path))
    await make()
  })
}
