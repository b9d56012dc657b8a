import { PsilonError } from 'psilon'
import { readText } from '../files.js'
import type { ExperimentDocument } from './document.js'
import { documents } from './document-shapes.js'
import { object, oneOf } from './shape.js'

const commands = Object.keys(documents) as (keyof typeof documents)[]
const readCommand = object<{ command: keyof typeof documents }>({ command: oneOf(...commands) })

/**
 * Reads the figures of an experiment, strictly: they may come from anywhere.
 *
 * @throws PsilonError ERR_FILE where the file cannot be read, and for anything odd in it.
 */
export async function readDocument(path: string): Promise<ExperimentDocument> {
  const text = await readText('report', path)
  if (text === null) throw new PsilonError('ERR_FILE', `[report] cannot read ${path}: no such file`)
  try {
    const value = parsed(text)
    return documents[readCommand(value, '').command](value, '')
  } catch (cause) {
    if (!(cause instanceof PsilonError)) throw cause
    throw new PsilonError('ERR_FILE', `[report] ${path}: ${cause.message}`, { cause })
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new PsilonError('ERR_FILE', 'it is not JSON', { cause })
  }
}
