import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { fileError } from '../../io/file-error.js'

/** `wine.run.json` for `wine.safetensors`: the record of the run that trained the model. */
export const recordPath = (model: string): string => `${withoutEnding(model)}.run.json`

/** `wine.report.html` for `wine.safetensors`. */
export const pagePath = (model: string): string => `${withoutEnding(model)}.report.html`

const withoutEnding = (model: string) => model.replace(/\.safetensors$/, '')

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
