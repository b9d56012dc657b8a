import { readFile } from 'node:fs/promises'
import { PsilonError, reworded } from '../errors.js'
import { fileError } from '../io/file-error.js'
import { object, oneOf } from '../io/json-shape.js'
import type { ExperimentDocument } from './document.js'
import { documents } from './document-shapes.js'

const commands = Object.keys(documents) as (keyof typeof documents)[]

/**
 * Reads the figures of an experiment, strictly: they may come from anywhere.
 *
 * @throws PsilonError ERR_FILE where the file cannot be read, ERR_MODEL_FILE for anything odd in it.
 */
export async function readDocument(operation: string, path: string): Promise<ExperimentDocument> {
  const text = await readFile(path, 'utf8').catch((cause) => {
    throw fileError(operation, 'read', path, cause)
  })
  return reworded('[load] ', `[${operation}] ${path}: `, () => parseDocument(text))
}

function parseDocument(text: string): ExperimentDocument {
  const value = parsed(text)
  const { command } = object<{ command: keyof typeof documents }>({ command: oneOf(...commands) })(value, '')
  return documents[command](value, '')
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new PsilonError('ERR_MODEL_FILE', '[load] it is not JSON')
  }
}
