import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { access, constants, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Refusal, type Words, words } from '../../errors/refusal.js'
import { fileError } from '../../io/file-error.js'
import { checkTargetFile } from '../../io/write-file.js'

/** `wine.run.json` for `wine.safetensors`: the record of the run that trained the model. */
export const recordPath = (model: string): string => `${withoutEnding(model)}.run.json`

/** `wine.report.html` for `wine.safetensors`. */
export const pagePath = (model: string): string => `${withoutEnding(model)}.report.html`

/** `answers.counterexamples.csv` for `answers.csv`. */
export const counterexamplesPath = (answers: string): string => `${answers.replace(/\.csv$/, '')}.counterexamples.csv`

const withoutEnding = (model: string) => model.replace(/\.safetensors$/, '')

/**
 * Checks before the work begins that a file can be written, and overwrites none that is read, even under another name,
 * such as that of a link.
 *
 * @param how what would write it: `--out x`.
 * @param inputs the files that are read, by what they are.
 * @throws Refusal ERR_OPTION, ERR_FILE
 */
export async function checkOutput(how: Words, path: string, inputs: Record<string, string | undefined>): Promise<void> {
  const own = await identity(path)
  for (const [name, input] of Object.entries(inputs)) {
    if (own === null || input === undefined || own !== (await identity(input))) continue
    throw new Refusal('ERR_OPTION', words`${how}, which is ${name}, expected another file`)
  }
  try {
    await access(dirname(path), constants.W_OK | constants.X_OK)
    await checkTargetFile(path)
  } catch (cause) {
    throw fileError('write', path, cause)
  }
}

/** Identity of the file that a path leads to; null if there is none. */
export async function identity(path: string): Promise<string | null> {
  const file = await stat(path, { bigint: true }).catch(() => null)
  return file === null ? null : `${file.dev} ${file.ino}`
}

export async function fileSize(path: string): Promise<number> {
  return (await stat(path)).size
}

/** SHA-256 of the bytes of a file, in hexadecimal digits. */
export async function fingerprint(path: string): Promise<string> {
  try {
    const hash = createHash('sha256')
    for await (const piece of createReadStream(path)) hash.update(piece)
    return hash.digest('hex')
  } catch (cause) {
    throw fileError('read', path, cause)
  }
}
