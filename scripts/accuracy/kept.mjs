import { mkdir, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { writeFile } from '#psilon/io/write-file.js'

/** What `compute` gives, as JSON; computed once, then read from the file. */
export async function kept(path, compute) {
  const text = await readFile(path, 'utf8').catch((error) => {
    if (error.code !== 'ENOENT') throw error
    return null
  })
  if (text !== null) return parsed(path, text)
  const result = await compute()
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, `${JSON.stringify(result, null, 1)}\n`)
  return result
}

function parsed(path, text) {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new Error(`${path} is no JSON; remove it, and it is computed again`, { cause })
  }
}
